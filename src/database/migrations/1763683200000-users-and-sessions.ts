import type { MigrationInterface, QueryRunner } from "typeorm";

export class UsersAndSessions1763683200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "users" (
        "id" uuid NOT NULL DEFAULT gen_random_uuid(),
        "email" character varying(320) NOT NULL,
        "email_verified" boolean NOT NULL DEFAULT false,
        "username" character varying(32),
        "username_key" character varying(128),
        "first_name" character varying(100),
        "last_name" character varying(100),
        "avatar_url" character varying(2048),
        "role" character varying(8) NOT NULL DEFAULT 'USER',
        "password_hash" character varying(255) NOT NULL,
        "pepper_id" character varying(16),
        "password_version" integer NOT NULL DEFAULT 1,
        "created_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
        "updated_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT "users_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "users_email_key" UNIQUE ("email"),
        CONSTRAINT "users_username_key" UNIQUE ("username_key"),
        CONSTRAINT "users_role_check" CHECK ("role" IN ('USER', 'ADMIN'))
      )`);
    await runner.query(`CREATE INDEX "users_pepper_id_idx" ON "users" ("pepper_id")`);
    // fillfactor: half of each page is kept free for the next version of its rows, so that a
    // refresh stays in the page (HOT) and no index grows. What it changes stands together, because
    // the log holds a changed row from its first other byte to its last.
    await runner.query(`
      CREATE TABLE "sessions" (
        "id" uuid NOT NULL,
        "user_id" uuid NOT NULL,
        "transport" character varying(6) NOT NULL,
        "device" character varying(100) NOT NULL,
        "user_agent" character varying(512),
        "amr" character varying array NOT NULL DEFAULT '{pwd}',
        "created_at" timestamptz NOT NULL,
        "created_by_ip" character varying(45),
        "absolute_expires_at" timestamptz NOT NULL,
        "generation" bigint NOT NULL DEFAULT 0,
        "last_used_at" timestamptz NOT NULL,
        "expires_at" timestamptz NOT NULL,
        "rotated_at" timestamptz array NOT NULL DEFAULT '{}',
        "retry_key_hash" bytea,
        "last_used_by_ip" character varying(45),
        "ended_at" timestamptz,
        "ended_by_ip" character varying(45),
        "end_reason" character varying(20),
        CONSTRAINT "sessions_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE,
        CONSTRAINT "sessions_transport_check" CHECK ("transport" IN ('BODY', 'COOKIE'))
      ) WITH (fillfactor = 50)`);
    await runner.query(`CREATE INDEX "sessions_user_id_idx" ON "sessions" ("user_id")`);
    await runner.query(
      `CREATE INDEX "sessions_ended_at_idx" ON "sessions" ("ended_at") WHERE "ended_at" IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "sessions"`);
    await runner.query(`DROP TABLE "users"`);
  }
}
