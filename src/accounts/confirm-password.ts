import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import type { Member } from "../caller.js";
import { AuthError } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { type Account, findAccount, present } from "./lock-account.js";
import { tellOfWrongTries } from "./tell-of-wrong-tries.js";

async function isRight(
  services: Services,
  asked: { account: Account; sessionId: string; password: string; visitor: Visitor },
): Promise<boolean> {
  const { account, sessionId, password, visitor } = asked;
  const stored = { hash: account.passwordHash, pepperId: account.pepperId };
  const tried = {
    account,
    name: account.id,
    ip: visitor.ip,
    sessionId,
    onHeldBack: () => tellOfWrongTries(services, account, visitor),
  };
  const { matches } = await services.limits.passwords.check(tried, (mayOpen) =>
    services.passwords.verify(password, mayOpen ? stored : undefined),
  );
  return matches;
}

/**
 * Asks for the password again before something that a stolen access token must not do alone (OWASP
 * ASVS 7.5.1). Whoever then changes the account looks at `passwordVersion` under its lock.
 *
 * @throws {AuthError} INVALID_CREDENTIALS; RATE_LIMITED; UNAUTHENTICATED when the account has gone
 */
export async function confirmPassword(
  services: Services,
  { member, password, visitor }: { member: Member; password: string; visitor: Visitor },
): Promise<Account> {
  const { pool } = services;
  const { userId, sessionId } = member;
  const account = present(await findAccount(pool, userId));
  if (await isRight(services, { account, sessionId, password, visitor })) return account;
  await recordActivity(pool, { kind: ActivityKind.SIGN_IN_FAILED, userId, sessionId, visitor });
  visitor.log.info({ event: "password_refused", userId, sessionId, ip: visitor.ip }, "refused");
  throw new AuthError("INVALID_CREDENTIALS");
}
