import type { ClientBase } from "pg";
import type { ChangedRoles } from "./changed-roles.js";
import type { EndedSessions } from "./ended-sessions.js";

/** What one replica knows about access tokens that are no good any more. */
export interface RevocationMemory {
  endedSessions: EndedSessions;
  changedRoles: ChangedRoles;
}

const lately = "clock_timestamp() - $1 * interval '1 second'";

/** Reads what ended or changed lately: a restart, or a while without hearing, revives nothing. */
export async function loadRevocations(
  client: ClientBase,
  { endedSessions, changedRoles }: RevocationMemory,
  rememberSeconds: number,
): Promise<void> {
  const ended = await client.query<[string]>({
    text: `SELECT id FROM sessions WHERE ended_at > ${lately}
      UNION ALL SELECT subject FROM revocations WHERE at > ${lately}`,
    values: [rememberSeconds],
    rowMode: "array",
  });
  endedSessions.add(ended.rows.map(([id]) => id));
  changedRoles.clear();
  const changed = await client.query<{ id: string; role: string }>(
    `SELECT u.id, u.role FROM revocations r JOIN users u ON u.id = r.subject WHERE r.at > ${lately}`,
    [rememberSeconds],
  );
  // What was announced meanwhile is newer.
  for (const { id, role } of changed.rows) if (!changedRoles.has(id)) changedRoles.set(id, role);
}
