import type { ClientBase, Pool } from "pg";
import { describeDevice } from "../sessions/device.js";
import type { Visitor } from "../visitor.js";
import type { ActivityKind } from "./activity-kind.js";

export interface NewActivity {
  kind: ActivityKind;
  /** Null where the account that was named does not exist. */
  userId: string | null;
  visitor: Visitor;
  /** As it is named; else that of the session, else the visitor's own. */
  device?: string | null;
  sessionId?: string | null;
}

/**
 * Writes down what happened. In the transaction of the deed, so that neither exists without the
 * other; on the pool where the deed is nothing but the attempt.
 */
export async function recordActivity(
  connection: Pool | ClientBase,
  { kind, userId, visitor, device = null, sessionId = null }: NewActivity,
): Promise<void> {
  const asking = describeDevice(null, visitor.userAgent);
  await connection.query({
    name: "record-activity",
    text: `INSERT INTO activities (user_id, kind, ip, device, session_id) VALUES ($1, $2, $3,
      coalesce($4, (SELECT s.device FROM sessions s WHERE s.id = $5), $6), $5)`,
    values: [userId, kind, visitor.ip, device, sessionId, asking],
  });
}
