import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import { inTransaction } from "../database/transaction.js";
import { AuthError } from "../errors/auth-error.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";

type Parts = Pick<Services, "limits" | "pool" | "outbox" | "clock">;

async function tell(services: Parts, account: { id: string; email: string }, visitor: Visitor) {
  const { id: userId, email: to } = account;
  await services.limits.lockNotices.take(userId);
  await inTransaction(services.pool, async (client) => {
    await recordActivity(client, { kind: ActivityKind.ACCOUNT_LOCKED, userId, visitor });
    const values = circumstancesOf(services, visitor);
    const content = { template: "signInHeldBack" as const, values };
    await services.outbox.put(client, { to, userId, content });
  });
  visitor.log.warn({ event: "sign_in_held_back", userId, ip: visitor.ip }, "too many wrong tries");
}

/**
 * Writes down, and mails to the owner, that too many wrong passwords were tried: once a day, however
 * many come.
 *
 * SECURITY: beside the request and not within it: its time would tell that the account exists.
 */
export function tellOfWrongTries(
  services: Parts,
  account: { id: string; email: string },
  visitor: Visitor,
): void {
  tell(services, account, visitor).catch((error: unknown) => {
    if (error instanceof AuthError && error.code === "RATE_LIMITED") return;
    const fields = { event: "lock_notice_failed", userId: account.id, err: error };
    visitor.log.warn(fields, "lock notice failed");
  });
}
