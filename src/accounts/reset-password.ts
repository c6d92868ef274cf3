import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import { inTransaction } from "../database/transaction.js";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { consumeCode, type MatchedCode, matchCode, withdrawCodes } from "../email-codes/consume.js";
import { AuthError, badUserInput } from "../errors/auth-error.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { PasswordHash } from "../passwords/index.js";
import type { Services } from "../services.js";
import { endSessionsIn } from "../sessions/end.js";
import { SessionEndReason } from "../sessions/session-end-reason.js";
import type { Visitor } from "../visitor.js";
import { parseEmail } from "./email.js";
import { findAccount, lockAccount, personalWords } from "./lock-account.js";
import { presentCode } from "./present-code.js";
import { setPassword } from "./set-password.js";
import { trustPlace } from "./trust-place.js";

export interface ResetRequest {
  email: string;
  code: string;
  newPassword: string;
  visitor: Visitor;
}

/** What is said about the password depends on nothing that is secret. */
async function checkRequest(services: Services, { email, newPassword }: ResetRequest) {
  const address = parseEmail(email);
  const weakness = await services.passwords.check(newPassword, [email]);
  if (weakness !== undefined) throw badUserInput({ field: "newPassword", ...weakness });
  if (address === undefined) throw badUserInput({ field: "email", code: "FORMAT_INVALID" });
  return address;
}

/** With the code right, also names and username count. The code is not used up by a refusal. */
async function hashFor(services: Services, userId: string, newPassword: string) {
  const account = await findAccount(services.pool, userId);
  if (account === undefined) throw new AuthError("INVALID_CODE");
  const weakness = await services.passwords.check(newPassword, personalWords(account));
  if (weakness !== undefined) throw badUserInput({ field: "newPassword", ...weakness });
  return services.passwords.hash(newPassword);
}

/**
 * Everything that somebody else may have had of the account goes: sessions, codes, a change of
 * address under way. What stays is the way back to an address that was left.
 */
async function applyReset(
  services: Services,
  { matched, userId, hash }: { matched: MatchedCode; userId: string; hash: PasswordHash },
  visitor: Visitor,
): Promise<string[]> {
  return inTransaction(services.pool, async (client) => {
    const account = await lockAccount(client, userId);
    if (account?.email !== matched.address) throw new AuthError("INVALID_CODE");
    const ended = await endSessionsIn(client, {
      reason: SessionEndReason.PASSWORD_RESET,
      ip: visitor.ip,
      condition: "s.user_id = $3",
      values: [userId],
    });
    await consumeCode(client, matched);
    const { RESET, CHANGE, VERIFY, REPORT } = CodePurpose;
    await withdrawCodes(client, userId, [RESET, CHANGE, VERIFY, REPORT]);
    await setPassword(client, userId, hash);
    await client.query("UPDATE users SET email_verified = true WHERE id = $1", [userId]);
    await recordActivity(client, { kind: ActivityKind.PASSWORD_RESET, userId, visitor });
    if (!account.emailVerified)
      await recordActivity(client, { kind: ActivityKind.EMAIL_VERIFIED, userId, visitor });
    const values = circumstancesOf(services, visitor);
    const content = { template: "passwordWasReset" as const, values };
    await services.outbox.put(client, { to: account.email, userId, content });
    return ended.map(({ id }) => id);
  });
}

/**
 * Sets a new password by a code from a mail, which proves the address. Signs nobody in.
 * @throws {AuthError} INVALID_CODE; RATE_LIMITED; BAD_USER_INPUT (a password that is not accepted
 *   does not use the code up)
 */
export async function resetPassword(services: Services, request: ResetRequest): Promise<void> {
  const { code, newPassword, visitor } = request;
  // SECURITY: a try is counted before the password is judged: that takes a thread that all share.
  const matched = await presentCode(services, visitor, async () => {
    const owner = await checkRequest(services, request);
    return matchCode(services, { purpose: CodePurpose.RESET, owner }, code);
  });
  const { userId } = matched;
  if (userId === null) throw new AuthError("INVALID_CODE");
  const hash = await hashFor(services, userId, newPassword);
  const sessionIds = await applyReset(services, { matched, userId, hash }, visitor);
  services.endedSessions.add(sessionIds);
  await trustPlace(services, userId, visitor);
  visitor.log.info(
    { event: "password_reset", userId, sessionIds, ip: visitor.ip },
    "password reset",
  );
}
