import type { Pool } from "pg";

/** Removes what no access token can be old enough for. */
export async function forgetRevocations(pool: Pool): Promise<void> {
  await pool.query("DELETE FROM revocations WHERE at < clock_timestamp() - interval '2 days'");
}
