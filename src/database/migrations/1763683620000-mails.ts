import type { MigrationInterface, QueryRunner } from "typeorm";

export class Mails1763683620000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "mails" (
        "id" uuid NOT NULL,
        "user_id" uuid,
        "sealed" bytea NOT NULL,
        "decoy" boolean NOT NULL,
        "once" boolean NOT NULL,
        "tries" integer NOT NULL DEFAULT 0,
        "next_try_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
        "handed_over_at" timestamptz,
        "expires_at" timestamptz NOT NULL,
        CONSTRAINT "mails_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(`CREATE INDEX "mails_user_id_idx" ON "mails" ("user_id")`);
    await runner.query(`CREATE INDEX "mails_next_try_at_idx" ON "mails" ("next_try_at")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "mails"`);
  }
}
