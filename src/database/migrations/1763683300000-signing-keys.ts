import type { MigrationInterface, QueryRunner } from "typeorm";

export class SigningKeys1763683300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "signing_keys" (
        "kid" character varying(43) NOT NULL,
        "public_key" jsonb NOT NULL,
        "private_key" bytea NOT NULL,
        "secret_id" bytea NOT NULL,
        "signs_from" timestamptz NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("kid")
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "signing_keys"`);
  }
}
