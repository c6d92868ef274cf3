import type { MigrationInterface, QueryRunner } from "typeorm";

export class Activities1763683600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "activities" (
        "id" uuid NOT NULL DEFAULT gen_random_uuid(),
        "user_id" uuid,
        "kind" character varying(32) NOT NULL,
        "at" timestamptz NOT NULL DEFAULT clock_timestamp(),
        "ip" character varying(45),
        "device" character varying(100),
        "session_id" uuid,
        CONSTRAINT "activities_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(
      `CREATE INDEX "activities_user_id_idx" ON "activities" ("user_id", "at", "id")`,
    );
    await runner.query(`CREATE INDEX "activities_at_idx" ON "activities" USING brin ("at")`);
    // SECURITY: what was written down stays (OWASP ASVS 16.4.2). Two things alone are let through,
    // and the database looks for itself whether they are those: an account that is gone loses
    // address and device, and a row goes that is older than the shortest ACTIVITY_RETENTION.
    await runner.query(`
      CREATE FUNCTION "keep_activities"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' AND OLD.at < clock_timestamp() - interval '30 days' THEN
          RETURN OLD;
        END IF;
        IF TG_OP = 'UPDATE' AND NEW.ip IS NULL AND NEW.device IS NULL
          AND (NEW.id, NEW.user_id, NEW.kind, NEW.at, NEW.session_id)
            IS NOT DISTINCT FROM (OLD.id, OLD.user_id, OLD.kind, OLD.at, OLD.session_id)
          AND NOT EXISTS (SELECT FROM users u WHERE u.id = OLD.user_id) THEN
          RETURN NEW;
        END IF;
        RAISE EXCEPTION 'activities are only ever added' USING ERRCODE = 'restrict_violation';
      END $$`);
    await runner.query(`
      CREATE TRIGGER "activities_are_kept" BEFORE UPDATE OR DELETE ON "activities"
      FOR EACH ROW EXECUTE FUNCTION "keep_activities"()`);
    await runner.query(`
      CREATE TRIGGER "activities_are_not_emptied" BEFORE TRUNCATE ON "activities"
      FOR EACH STATEMENT EXECUTE FUNCTION "keep_activities"()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "activities"`);
    await runner.query(`DROP FUNCTION "keep_activities"`);
  }
}
