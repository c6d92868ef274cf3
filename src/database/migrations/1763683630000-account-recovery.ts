import type { MigrationInterface, QueryRunner } from "typeorm";

export class AccountRecovery1763683630000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "registrations" (
        "id" uuid NOT NULL,
        "email" character varying(320) NOT NULL,
        "username" character varying(32),
        "username_key" character varying(128),
        "first_name" character varying(100),
        "last_name" character varying(100),
        "avatar_url" character varying(2048),
        "password_hash" character varying(255) NOT NULL,
        "pepper_id" character varying(16) NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT "registrations_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`CREATE INDEX "registrations_email_idx" ON "registrations" ("email")`);
    await runner.query(
      `CREATE INDEX "registrations_created_at_idx" ON "registrations" ("created_at")`,
    );
    await runner.query(
      `ALTER TABLE "users" ADD "password_reset_required" boolean NOT NULL DEFAULT false`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "users" DROP COLUMN "password_reset_required"`);
    await runner.query(`DROP TABLE "registrations"`);
  }
}
