import type { Member } from "../caller.js";
import type { Services } from "../services.js";
import {
  isLiving,
  type SessionRow,
  sessionColumns,
  toSession,
  type VisibleSession,
} from "./session-row.js";

/** How long an ended session stays in sight, and so how long its row is kept at least. */
export const endedSessionsShownDays = 30;
const endedSessionsShown = 100;

const endedAt = "least(s.ended_at, s.expires_at, s.absolute_expires_at)";

const listStatement = {
  name: "list-sessions",
  text: `
    (SELECT ${sessionColumns} FROM sessions s WHERE s.user_id = $1 AND ${isLiving})
    UNION ALL
    (SELECT ${sessionColumns} FROM sessions s
     WHERE $2 AND s.user_id = $1 AND NOT (${isLiving})
       AND ${endedAt} > clock_timestamp() - interval '${endedSessionsShownDays} days'
     ORDER BY ${endedAt} DESC LIMIT ${endedSessionsShown})
    ORDER BY "lastUsedAt" DESC, id`,
};

/** The caller's sessions, latest use first; with `includeEnded` also those that ended lately. */
export async function listSessions(
  { pool }: Pick<Services, "pool">,
  { member, includeEnded }: { member: Member; includeEnded: boolean },
): Promise<VisibleSession[]> {
  const { rows } = await pool.query<SessionRow>({
    ...listStatement,
    values: [member.userId, includeEnded],
  });
  return rows.map((row) => toSession(row, member.sessionId));
}
