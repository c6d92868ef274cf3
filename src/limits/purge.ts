import type { Pool } from "pg";

/** Removes counts whose time is over. */
export async function purgeRateLimits(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM rate_limits WHERE key IN (
      SELECT key FROM rate_limits WHERE expire < $1 LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
    [Date.now()],
  );
}
