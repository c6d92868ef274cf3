import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import type { Config } from "../config.js";
import type { Visitor } from "../visitor.js";
import { describeDevice, storedUserAgent } from "./device.js";
import { endSessionsIn } from "./end.js";
import { SessionEndReason } from "./session-end-reason.js";
import { isLiving, type SessionWithUserRow, sessionAndUserColumns } from "./session-row.js";
import type { TokenTransport } from "./token-transport.js";

export interface NewSession {
  userId: string;
  transport: TokenTransport;
  deviceName: string | null;
  visitor: Visitor;
}

export interface OpenedSession {
  row: SessionWithUserRow;
  /** Ended because the user had more than `SESSIONS_PER_USER`; announce after the commit. */
  displaced: string[];
}

const insert = (client: ClientBase, config: Config, session: NewSession) =>
  client.query<SessionWithUserRow>({
    name: "open-session",
    text: `
      WITH s AS (
        INSERT INTO sessions (id, user_id, transport, device, user_agent, created_at, last_used_at,
          created_by_ip, last_used_by_ip, expires_at, absolute_expires_at)
        SELECT $1, $2, $3, $4, $5, now, now, $6, $6,
          now + least($7::int, $8::int) * interval '1 second', now + $8::int * interval '1 second'
        FROM (SELECT clock_timestamp() AS now) clock
        RETURNING *)
      SELECT ${sessionAndUserColumns} FROM s JOIN users u ON u.id = s.user_id`,
    values: [
      randomUUID(),
      session.userId,
      session.transport,
      describeDevice(session.deviceName, session.visitor.userAgent),
      storedUserAgent(session.visitor.userAgent),
      session.visitor.ip,
      config.refreshTokenTtlSeconds,
      config.sessionMaxAgeSeconds,
    ],
  });

/** The least recently used end; the one that has just begun never does. */
const displaceOthers = (client: ClientBase, config: Config, opened: SessionWithUserRow) =>
  endSessionsIn(client, {
    reason: SessionEndReason.SESSION_LIMIT,
    ip: null,
    condition: `s.id IN (
      SELECT s.id FROM sessions s WHERE s.user_id = $3 AND s.id <> $4 AND ${isLiving}
      ORDER BY s.last_used_at DESC, s.id OFFSET $5)`,
    values: [opened.userId, opened.id, config.sessionsPerUser - 1],
  });

/**
 * Opens a session inside the caller's transaction, which holds the lock of the user's row: only so
 * is `SESSIONS_PER_USER` exact when several sign in at once.
 */
export async function openSession(
  client: ClientBase,
  config: Config,
  session: NewSession,
): Promise<OpenedSession> {
  const { rows } = await insert(client, config, session);
  const row = rows[0];
  if (row === undefined) throw new Error("a session was inserted but not returned");
  const displaced = await displaceOthers(client, config, row);
  return { row, displaced: displaced.map(({ id }) => id) };
}
