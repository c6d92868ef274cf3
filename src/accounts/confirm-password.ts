import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import type { Member } from "../caller.js";
import { AuthError } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { type Account, findAccount, present } from "./lock-account.js";

/**
 * Asks for the password again before something that a stolen access token must not do alone (OWASP
 * ASVS 7.5.1). Whoever then changes the account looks at `passwordVersion` under its lock.
 *
 * @throws {AuthError} INVALID_CREDENTIALS; UNAUTHENTICATED when the account has gone
 */
export async function confirmPassword(
  { pool, passwords }: Services,
  { member, password, visitor }: { member: Member; password: string; visitor: Visitor },
): Promise<Account> {
  const account = present(await findAccount(pool, member.userId));
  const stored = { hash: account.passwordHash, pepperId: account.pepperId };
  const { matches } = await passwords.verify(password, stored);
  if (matches) return account;
  const { userId, sessionId } = member;
  await recordActivity(pool, { kind: ActivityKind.SIGN_IN_FAILED, userId, sessionId, visitor });
  visitor.log.info({ event: "password_refused", userId, sessionId, ip: visitor.ip }, "refused");
  throw new AuthError("INVALID_CREDENTIALS");
}
