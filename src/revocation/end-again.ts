import type { ClientBase } from "pg";
import { endSessionsIn } from "../sessions/end.js";
import { SessionEndReason } from "../sessions/session-end-reason.js";

const sliceIds = 5000;

/**
 * Ends what was ended, and answered, before a fail-over lost it: the replicas remember it longer
 * than any access token lives. The reason and the address are lost.
 *
 * @returns the sessions that the database had forgotten to be over
 */
export async function endAgain(client: ClientBase, sessionIds: string[]): Promise<string[]> {
  const again: string[] = [];
  for (let from = 0; from < sessionIds.length; from += sliceIds) {
    const values = [sessionIds.slice(from, from + sliceIds)];
    // A look first: it takes no locks, and a database that is read-only at present is still heard.
    const { rowCount } = await client.query(
      "SELECT FROM sessions WHERE id = ANY ($1::uuid[]) AND ended_at IS NULL LIMIT 1",
      values,
    );
    if (rowCount === 0) continue;
    const ended = await endSessionsIn(client, {
      reason: SessionEndReason.REVOKED,
      ip: null,
      condition: "s.id = ANY ($3::uuid[])",
      values,
    });
    again.push(...ended.map(({ id }) => id));
  }
  return again;
}
