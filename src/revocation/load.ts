import type { ClientBase } from "pg";
import type { ChangedRoles } from "./changed-roles.js";
import type { EndedSessions } from "./ended-sessions.js";

/** What one replica knows about access tokens that are no good any more. */
export interface RevocationMemory {
  endedSessions: EndedSessions;
  changedRoles: ChangedRoles;
}

/** A million at once would hold up for seconds whoever is being served meanwhile. */
const fetchRows = 10_000;

const lately = "clock_timestamp() - $1 * interval '1 second'";

async function loadEnded(
  client: ClientBase,
  endedSessions: EndedSessions,
  rememberSeconds: number,
): Promise<void> {
  await client.query(
    `DECLARE ended NO SCROLL CURSOR FOR
      SELECT id FROM sessions WHERE ended_at > ${lately}
      UNION ALL SELECT subject FROM revocations WHERE at > ${lately}`,
    [rememberSeconds],
  );
  for (;;) {
    const { rows } = await client.query<[string]>({
      text: `FETCH ${fetchRows} FROM ended`,
      rowMode: "array",
    });
    endedSessions.add(rows.map(([id]) => id));
    if (rows.length < fetchRows) return;
  }
}

async function loadRoles(
  client: ClientBase,
  changedRoles: ChangedRoles,
  rememberSeconds: number,
): Promise<void> {
  const { rows } = await client.query<{ id: string; role: string }>(
    `SELECT u.id, u.role FROM revocations r JOIN users u ON u.id = r.subject WHERE r.at > ${lately}`,
    [rememberSeconds],
  );
  changedRoles.clear();
  for (const { id, role } of rows) changedRoles.set(id, role);
}

/**
 * Reads what ended or changed lately: a restart, or a while without hearing, revives nothing. What
 * is announced meanwhile arrives after the transaction, so that the newest word is the last.
 */
export async function loadRevocations(
  client: ClientBase,
  { endedSessions, changedRoles }: RevocationMemory,
  rememberSeconds: number,
): Promise<void> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await loadEnded(client, endedSessions, rememberSeconds);
  await loadRoles(client, changedRoles, rememberSeconds);
  await client.query("COMMIT");
}
