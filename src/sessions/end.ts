import type { ClientBase, Pool } from "pg";
import { ActivityKind } from "../activity/activity-kind.js";
import type { Services } from "../services.js";
import type { SessionEndReason } from "./session-end-reason.js";

/** Whoever ends sessions says which, why, and from where. */
export interface Ending {
  reason: SessionEndReason;
  ip: string | null;
  /** Of a table `sessions s`; its values are numbered from $3. */
  condition: string;
  values: unknown[];
  /** Columns of `s`; the id alone if nothing more is asked for. */
  returning?: string;
}

/** What the person reads of it; nothing where the account's own entry says it all. */
const activityOfReason: Partial<Record<SessionEndReason, ActivityKind>> = {
  SIGNED_OUT: ActivityKind.SIGNED_OUT,
  REVOKED: ActivityKind.SESSION_REVOKED,
  SESSION_LIMIT: ActivityKind.SESSION_LIMIT,
  PASSWORD_CHANGED: ActivityKind.SESSION_REVOKED,
  PASSWORD_RESET: ActivityKind.SESSION_REVOKED,
  REPORTED: ActivityKind.SESSION_REVOKED,
  REUSE_DETECTED: ActivityKind.REUSE_DETECTED,
  ENDED_BY_ADMIN: ActivityKind.SESSION_REVOKED,
};

/** In the statement that ends: neither is there without the other. */
function noteEnding(reason: SessionEndReason): string {
  const kind = activityOfReason[reason];
  if (kind === undefined) return "";
  return `, noted AS (
    INSERT INTO activities (user_id, kind, ip, device, session_id)
    SELECT s.user_id, '${kind}', $2, s.device, s.id FROM ended s)`;
}

/**
 * Ends sessions, inside a transaction where one is handed in. The rows are locked in the order of
 * their ids, so that two endings at once cannot block each other for good. Depends on nothing but
 * `ended_at`: the access tokens of an expired session may still be alive.
 *
 * Whoever calls it in a transaction tells `endedSessions` after the commit.
 */
export async function endSessionsIn<Row extends { id: string }>(
  connection: Pool | ClientBase,
  { reason, ip, condition, values, returning = "s.id" }: Ending,
): Promise<Row[]> {
  const { rows } = await connection.query<Row>(
    `WITH ended AS (
       UPDATE sessions s SET ended_at = clock_timestamp(), end_reason = $1, ended_by_ip = $2
       WHERE s.ended_at IS NULL AND s.id IN (
         SELECT s.id FROM sessions s WHERE s.ended_at IS NULL AND ${condition}
         ORDER BY s.id FOR UPDATE)
       RETURNING s.*)${noteEnding(reason)}
     SELECT ${returning} FROM ended s`,
    [reason, ip, ...values],
  );
  return rows;
}

/**
 * Ends sessions, waits for the disk, and refuses their access tokens here from now on.
 * @returns what was ended by this call
 */
export async function endSessions<Row extends { id: string }>(
  { pool, endedSessions }: Pick<Services, "pool" | "endedSessions">,
  ending: Ending,
): Promise<Row[]> {
  const rows = await endSessionsIn<Row>(pool, ending);
  endedSessions.add(rows.map(({ id }) => id));
  return rows;
}
