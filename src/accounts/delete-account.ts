import type { ClientBase } from "pg";
import { ActivityKind } from "../activity/activity-kind.js";
import { blankActivities } from "../activity/blank.js";
import { recordActivity } from "../activity/record.js";
import type { Member } from "../caller.js";
import { inTransaction } from "../database/transaction.js";
import { AuthError } from "../errors/auth-error.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { confirmPassword } from "./confirm-password.js";
import { lockAccount } from "./lock-account.js";

/**
 * The row goes, and its sessions with it (the revocation feed tells every replica); codes and mails
 * that wait; and out of the history whatever says who it was.
 *
 * @returns the ids of the sessions
 */
async function removeAll(client: ClientBase, userId: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    "SELECT id FROM sessions WHERE user_id = $1 ORDER BY id FOR UPDATE",
    [userId],
  );
  await client.query("DELETE FROM email_codes WHERE user_id = $1", [userId]);
  await client.query("DELETE FROM mails WHERE user_id = $1", [userId]);
  await client.query("DELETE FROM users WHERE id = $1", [userId]);
  await blankActivities(client, userId);
  return rows.map(({ id }) => id);
}

/**
 * Deletes the caller's account. The address can register anew, and gets another id.
 * @throws {AuthError} INVALID_CREDENTIALS; RATE_LIMITED; UNAUTHENTICATED
 */
export async function deleteAccount(
  services: Services,
  request: { member: Member; password: string; visitor: Visitor },
): Promise<void> {
  const { member, visitor } = request;
  const { userId, sessionId } = member;
  const account = await confirmPassword(services, request);
  const sessionIds = await inTransaction(services.pool, async (client) => {
    const locked = await lockAccount(client, userId);
    if (locked?.passwordVersion !== account.passwordVersion)
      throw new AuthError("INVALID_CREDENTIALS");
    const kind = ActivityKind.ACCOUNT_DELETED;
    await recordActivity(client, { kind, userId, sessionId, visitor });
    const removed = await removeAll(client, userId);
    const values = circumstancesOf(services, visitor);
    const content = { template: "accountDeleted" as const, values };
    await services.outbox.put(client, { to: locked.email, userId: null, content });
    return removed;
  });
  services.endedSessions.add(sessionIds);
  visitor.log.info({ event: "account_deleted", userId, ip: visitor.ip }, "account deleted");
}
