import type { Pool } from "pg";

export interface ActivityRow {
  kind: string;
  user_id: string | null;
  ip: string | null;
  device: string | null;
  session_id: string | null;
}

/** The history of an account as the database has it, oldest first. */
export async function historyOf(pool: Pool, userId: string): Promise<ActivityRow[]> {
  const { rows } = await pool.query<ActivityRow>(
    "SELECT kind, user_id, ip, device, session_id FROM activities WHERE user_id = $1 ORDER BY at",
    [userId],
  );
  return rows;
}

export const kindsOf = async (pool: Pool, userId: string): Promise<string[]> =>
  (await historyOf(pool, userId)).map(({ kind }) => kind);
