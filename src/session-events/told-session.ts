import type { Member } from "../caller.js";
import type { Services } from "../services.js";
import {
  type SessionRow,
  sessionColumns,
  toSession,
  type VisibleSession,
} from "../sessions/session-row.js";
import type { Announcement } from "./announcement.js";

/** Of whose own session is over nothing is read but that: what ends together is announced in turn. */
const readStatement = {
  name: "read-told-session",
  text: `SELECT ${sessionColumns} FROM sessions s WHERE s.id = $1 AND s.user_id = $2
    AND (s.id = $3 OR EXISTS (
      SELECT FROM sessions own WHERE own.id = $3 AND own.ended_at IS NULL))`,
};

type Parts = Pick<Services, "pool">;

async function read(
  { pool }: Parts,
  { sessionId, userId }: Announcement,
  own: string,
): Promise<VisibleSession | null> {
  const { rows } = await pool.query<SessionRow>({
    ...readStatement,
    values: [sessionId, userId, own],
  });
  const session = rows[0] && toSession(rows[0], own);
  if (session === undefined) return null;
  // SECURITY: whose session was ended from elsewhere is not told from where: it may be a thief.
  return session.current ? { ...session, endedByIp: null } : session;
}

/** By the announcement, which all who listen on this replica share, and the session of the reader. */
const reads = new WeakMap<Announcement, Map<string, Promise<VisibleSession | null>>>();

/**
 * The session of which something is announced, as the listener may see it. Read once, however many
 * streams and aliases ask for it: one event must not become thousands of statements.
 *
 * @returns null where there is none, and where the listener's own session has ended with it
 */
export function toldSession(
  services: Parts,
  announcement: Announcement,
  { sessionId: own }: Member,
): Promise<VisibleSession | null> {
  const known = reads.get(announcement) ?? new Map<string, Promise<VisibleSession | null>>();
  reads.set(announcement, known);
  const session = known.get(own) ?? read(services, announcement, own);
  known.set(own, session);
  return session;
}
