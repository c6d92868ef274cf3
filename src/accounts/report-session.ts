import type { ClientBase } from "pg";
import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import { inTransaction } from "../database/transaction.js";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { consumeCode, type MatchedCode, matchLink, withdrawCodes } from "../email-codes/consume.js";
import { AuthError } from "../errors/auth-error.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { Services } from "../services.js";
import { endSessionsIn } from "../sessions/end.js";
import { SessionEndReason } from "../sessions/session-end-reason.js";
import type { Visitor } from "../visitor.js";
import { type Account, lockAccount } from "./lock-account.js";
import { presentCode } from "./present-code.js";

/** Nobody signs in by the old password any more; a sign-in under way opens no session. */
const block = (client: ClientBase, userId: string) =>
  client.query(
    `UPDATE users SET password_reset_required = true, password_version = password_version + 1,
       updated_at = clock_timestamp() WHERE id = $1`,
    [userId],
  );

/**
 * Brings the address back that the link was sent to. SECURITY: the links of all addresses that the
 * account has had since are void, else a thief who had changed it twice would take it again.
 *
 * @returns the address that the account now has
 */
async function restoreAddress(client: ClientBase, account: Account, link: MatchedCode) {
  if (link.purpose !== CodePurpose.RESTORE) return account.email;
  const { rowCount } = await client.query(
    `UPDATE users SET email = $2, email_verified = true
     WHERE id = $1 AND NOT EXISTS (SELECT FROM users o WHERE o.email = $2 AND o.id <> $1)`,
    [account.id, link.address],
  );
  await client.query(
    `DELETE FROM email_codes WHERE user_id = $1 AND purpose = $2 AND created_at >= $3`,
    [account.id, CodePurpose.RESTORE, link.createdAt],
  );
  return rowCount === 1 ? link.address : account.email;
}

async function endAll(client: ClientBase, userId: string, ip: string | null): Promise<string[]> {
  const ended = await endSessionsIn(client, {
    reason: SessionEndReason.REPORTED,
    ip,
    condition: "s.user_id = $3",
    values: [userId],
  });
  return ended.map(({ id }) => id);
}

/** What is written down, in the order in which it happens. */
function events({ purpose, sessionId }: MatchedCode) {
  const { EMAIL_CHANGED, SESSION_REPORTED, ACCOUNT_LOCKED } = ActivityKind;
  const restored =
    purpose === CodePurpose.RESTORE ? [{ kind: EMAIL_CHANGED, sessionId: null }] : [];
  return [
    ...restored,
    { kind: SESSION_REPORTED, sessionId },
    { kind: ACCOUNT_LOCKED, sessionId: null },
  ];
}

async function apply(
  services: Services,
  link: MatchedCode,
  userId: string,
  visitor: Visitor,
): Promise<string[]> {
  return inTransaction(services.pool, async (client) => {
    const account = await lockAccount(client, userId);
    if (account === undefined) throw new AuthError("INVALID_CODE");
    const ended = await endAll(client, userId, visitor.ip);
    await consumeCode(client, link);
    const { RESET, CHANGE, VERIFY, REPORT } = CodePurpose;
    await withdrawCodes(client, userId, [RESET, CHANGE, VERIFY, REPORT]);
    const to = await restoreAddress(client, account, link);
    await block(client, userId);
    for (const event of events(link)) await recordActivity(client, { ...event, userId, visitor });
    const values = circumstancesOf(services, visitor);
    const content = { template: "accountLocked" as const, values };
    await services.outbox.put(client, { to, userId, content });
    return ended;
  });
}

/**
 * "This was not me": by the single-use link of a mail, without signing in. Ends every session and
 * blocks the password until it is reset; the link of a change of address brings that back first.
 *
 * @throws {AuthError} INVALID_CODE; RATE_LIMITED
 */
export async function reportSession(
  services: Services,
  { token, visitor }: { token: string; visitor: Visitor },
): Promise<void> {
  const { REPORT, RESTORE } = CodePurpose;
  const link = await presentCode(services, visitor, () =>
    matchLink(services, [REPORT, RESTORE], token),
  );
  const { userId } = link;
  if (userId === null) throw new AuthError("INVALID_CODE");
  const sessionIds = await apply(services, link, userId, visitor);
  services.endedSessions.add(sessionIds);
  visitor.log.warn(
    { event: "session_reported", userId, sessionId: link.sessionId, ip: visitor.ip },
    "a sign-in was reported: every session is ended, the password is blocked",
  );
}
