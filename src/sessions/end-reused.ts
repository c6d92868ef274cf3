import type { ClientBase } from "pg";
import { circumstancesOf } from "../mail/circumstances.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { endSessionsIn } from "./end.js";
import { SessionEndReason } from "./session-end-reason.js";

/**
 * Ends a session whose used token has come back, and tells its owner.
 * @returns the ids of what was ended; tell `endedSessions` after the commit
 */
export async function endReused(
  client: ClientBase,
  services: Pick<Services, "outbox" | "clock">,
  { sessionId, visitor }: { sessionId: string; visitor: Visitor },
): Promise<string[]> {
  const ended = await endSessionsIn<{ id: string; userId: string }>(client, {
    reason: SessionEndReason.REUSE_DETECTED,
    ip: visitor.ip,
    condition: "s.id = $3",
    values: [sessionId],
    returning: `s.id, s.user_id AS "userId"`,
  });
  for (const { userId } of ended) {
    const { rows } = await client.query<{ email: string }>(
      "SELECT email FROM users WHERE id = $1",
      [userId],
    );
    if (rows[0] !== undefined)
      await services.outbox.put(client, {
        to: rows[0].email,
        userId,
        content: { template: "reuseDetected", values: circumstancesOf(services, visitor) },
      });
  }
  return ended.map(({ id }) => id);
}
