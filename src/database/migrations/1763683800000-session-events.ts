import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Announces what a signed-in client is told of its account: to replicas, which know whether anybody
 * listens. The payload is "kind user milliseconds [session]", far below the limit of 8,000 bytes.
 *
 * A refresh sets none of the columns that are looked at here: no trigger runs for it. Whoever writes
 * them is announced one after another at the commit, as endings are (docs/operations.md, Sizing).
 */
export class SessionEvents1763683800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION "announce_session_event"(kind text, user_id uuid, at timestamptz, session_id uuid)
      RETURNS void LANGUAGE sql AS $$
        SELECT pg_notify('gatehouse_session_event',
          concat_ws(' ', kind, user_id, floor(extract(epoch FROM at) * 1000)::bigint, session_id))
      $$`);
    // The event first: whoever hears that a session is over closes what belongs to it.
    await runner.query(`
      CREATE OR REPLACE FUNCTION "announce_ended_session"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM "announce_session_event"('SESSION_ENDED', OLD."user_id", NEW."ended_at", OLD."id");
        PERFORM pg_notify('gatehouse_session_ended', OLD."id"::text);
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION "announce_deleted_session"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO "revocations" ("subject") VALUES (OLD."id") ON CONFLICT DO NOTHING;
        IF OLD."ended_at" IS NULL THEN
          PERFORM "announce_session_event"('SESSION_ENDED', OLD."user_id", clock_timestamp(), OLD."id");
        END IF;
        PERFORM pg_notify('gatehouse_session_ended', OLD."id"::text);
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE FUNCTION "announce_started_session"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM "announce_session_event"('SESSION_STARTED', NEW."user_id", NEW."created_at", NEW."id");
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER "sessions_started" AFTER INSERT ON "sessions" FOR EACH ROW
        WHEN (NEW."ended_at" IS NULL) EXECUTE FUNCTION "announce_started_session"()`);
    await runner.query(`
      CREATE FUNCTION "announce_changed_profile"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM "announce_session_event"('PROFILE_CHANGED', NEW."id", clock_timestamp(), NULL);
        RETURN NULL;
      END $$`);
    const visible = ["email", "email_verified", "username", "first_name", "last_name"]
      .concat("avatar_url", "role")
      .map((column) => `"${column}"`);
    const row = (version: string) => visible.map((column) => `${version}.${column}`).join(", ");
    await runner.query(`
      CREATE TRIGGER "users_profile_changed" AFTER UPDATE OF ${visible.join(", ")} ON "users"
        FOR EACH ROW WHEN ((${row("OLD")}) IS DISTINCT FROM (${row("NEW")}))
        EXECUTE FUNCTION "announce_changed_profile"()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TRIGGER "users_profile_changed" ON "users"`);
    await runner.query(`DROP TRIGGER "sessions_started" ON "sessions"`);
    await runner.query(`DROP FUNCTION "announce_changed_profile"()`);
    await runner.query(`DROP FUNCTION "announce_started_session"()`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION "announce_deleted_session"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO "revocations" ("subject") VALUES (OLD."id") ON CONFLICT DO NOTHING;
        PERFORM pg_notify('gatehouse_session_ended', OLD."id"::text);
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION "announce_ended_session"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('gatehouse_session_ended', OLD."id"::text);
        RETURN NULL;
      END $$`);
    await runner.query(`DROP FUNCTION "announce_session_event"(text, uuid, timestamptz, uuid)`);
  }
}
