import type { MigrationInterface, QueryRunner } from "typeorm";

export class EmailCodes1763683610000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "email_codes" (
        "id" uuid NOT NULL,
        "purpose" character varying(16) NOT NULL,
        "user_id" uuid,
        "registration_id" uuid,
        "session_id" uuid,
        "address" character varying(320) NOT NULL,
        "key_id" bytea NOT NULL,
        "digits_mac" bytea,
        "link_mac" bytea NOT NULL,
        "tries" smallint NOT NULL DEFAULT 0,
        "created_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
        "expires_at" timestamptz NOT NULL,
        CONSTRAINT "email_codes_pkey" PRIMARY KEY ("id")
      )`);
    for (const column of ["user_id", "registration_id", "address", "expires_at"])
      await runner.query(`CREATE INDEX "email_codes_${column}_idx" ON "email_codes" ("${column}")`);
    await runner.query(`
      CREATE TABLE "email_budgets" (
        "key" bytea NOT NULL,
        "started_at" timestamptz NOT NULL,
        "used" integer NOT NULL,
        CONSTRAINT "email_budgets_pkey" PRIMARY KEY ("key")
      )`);
    await runner.query(
      `CREATE INDEX "email_budgets_started_at_idx" ON "email_budgets" ("started_at")`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "email_budgets"`);
    await runner.query(`DROP TABLE "email_codes"`);
  }
}
