import type { Pool } from "pg";
import { longestWindowSeconds } from "./budget.js";

/** Removes codes that have expired, and counts whose time is over. */
export async function purgeEmailCodes(pool: Pool): Promise<void> {
  await pool.query(`
    DELETE FROM email_codes WHERE id IN (
      SELECT id FROM email_codes WHERE expires_at < clock_timestamp()
      LIMIT 10000 FOR UPDATE SKIP LOCKED)`);
  await pool.query(
    `DELETE FROM email_budgets WHERE key IN (
      SELECT key FROM email_budgets WHERE started_at < clock_timestamp() - $1::int * interval '1 second'
      LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
    [longestWindowSeconds],
  );
}
