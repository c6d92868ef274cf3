import type { Services } from "../services.js";
import { type SessionRow, sessionColumns, toSession, type VisibleSession } from "./session-row.js";

const findStatement = {
  name: "find-session",
  text: `SELECT ${sessionColumns} FROM sessions s WHERE s.id = $1 AND s.user_id = $2`,
};

/** A session of that user, also one that is over; undefined for anyone else's id. */
export async function findSession(
  { pool }: Pick<Services, "pool">,
  { id, userId }: { id: string; userId: string },
  currentSessionId: string,
): Promise<VisibleSession | undefined> {
  const { rows } = await pool.query<SessionRow>({ ...findStatement, values: [id, userId] });
  return rows[0] && toSession(rows[0], currentSessionId);
}
