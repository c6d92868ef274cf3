import type { ClientBase } from "pg";
import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import type { Member } from "../caller.js";
import { inTransaction } from "../database/transaction.js";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { consumeCode, type MatchedCode, matchCode, withdrawCodes } from "../email-codes/consume.js";
import { AuthError, badUserInput } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import { type Grant, grant } from "../sessions/grant.js";
import { tellOfNewDevice } from "../sessions/new-device.js";
import { openSession } from "../sessions/open-session.js";
import { renewSession } from "../sessions/renew-session.js";
import { checkRetryKeys } from "../sessions/retry-key.js";
import type { TokenTransport } from "../sessions/token-transport.js";
import { type FinishRequest, finishRegistration } from "./finish-registration.js";
import { lockAccount } from "./lock-account.js";
import { presentCode } from "./present-code.js";
import { profileFaults, tidy } from "./profile.js";
import { trustPlace } from "./trust-place.js";

export interface VerifyEmailRequest extends FinishRequest {
  verificationToken?: string | null;
  retryKey?: string | null;
  /** Asked for only where no verificationToken came along. */
  member(): Member;
  /** Throws where the caller may not have a session of that transport. */
  admit(transport: TokenTransport): void;
}

/** Uses the code up and marks the address, under the account's lock. */
async function markVerified(
  client: ClientBase,
  matched: MatchedCode,
  expected: { userId: string; passwordVersion?: number },
): Promise<void> {
  const account = await lockAccount(client, expected.userId);
  const { passwordVersion = account?.passwordVersion } = expected;
  const stands = account?.email === matched.address && account.passwordVersion === passwordVersion;
  if (!stands) throw new AuthError("INVALID_CODE");
  await consumeCode(client, matched);
  await withdrawCodes(client, expected.userId, [CodePurpose.VERIFY]);
  await client.query(
    "UPDATE users SET email_verified = true, updated_at = clock_timestamp() WHERE id = $1",
    [expected.userId],
  );
}

const matchOf = (services: Services, userId: string, { code, visitor }: VerifyEmailRequest) =>
  presentCode(services, visitor, () =>
    matchCode(services, { purpose: CodePurpose.VERIFY, owner: userId }, code),
  );

/** As the signed-in user: the caller's session goes on with fresh tokens. */
async function verifyOwn(services: Services, request: VerifyEmailRequest): Promise<Grant> {
  const member = request.member();
  const { userId, sessionId } = member;
  const { visitor, retryKey, admit } = request;
  const matched = await matchOf(services, userId, request);
  const row = await inTransaction(services.pool, async (client) => {
    await markVerified(client, matched, { userId });
    const renewed = await renewSession(client, services.config, {
      member,
      retryKey,
      visitor,
      admit,
    });
    const { device } = renewed;
    const kind = ActivityKind.EMAIL_VERIFIED;
    await recordActivity(client, { kind, userId, visitor, device, sessionId });
    return renewed;
  });
  return grant(services, row, row.lastUsedAt);
}

/** An account that may not sign in before its address is proved; the password was right. */
async function verifyAndSignIn(
  services: Services,
  account: { id: string; passwordVersion: number },
  request: VerifyEmailRequest,
): Promise<Grant> {
  const { id: userId, passwordVersion } = account;
  const { transport, visitor } = request;
  const matched = await matchOf(services, userId, request);
  const { row, displaced } = await inTransaction(services.pool, async (client) => {
    await markVerified(client, matched, { userId, passwordVersion });
    const deviceName = tidy(request.deviceName);
    const session = { userId, transport, deviceName, visitor };
    const opened = await openSession(client, services.config, session);
    const { id: sessionId, device } = opened.row;
    for (const kind of [ActivityKind.EMAIL_VERIFIED, ActivityKind.SIGNED_IN])
      await recordActivity(client, { kind, userId, visitor, device, sessionId });
    await tellOfNewDevice(client, services, opened.row, visitor);
    return opened;
  });
  services.endedSessions.add(displaced);
  return grant(services, row, row.createdAt);
}

async function decide(services: Services, request: VerifyEmailRequest): Promise<Grant> {
  if (request.verificationToken == null) return verifyOwn(services, request);
  request.admit(request.transport);
  const token = services.verificationTokens.open(request.verificationToken, services.clock.now());
  if (token === undefined) throw new AuthError("INVALID_CODE");
  if (token.kind === "account") return verifyAndSignIn(services, token, request);
  const row = await finishRegistration(services, token.id, request);
  return grant(services, row, row.createdAt);
}

/**
 * Takes the code of a mail. With a verificationToken it signs in; as the signed-in user it renews
 * the caller's session.
 *
 * @throws {AuthError} INVALID_CODE; RATE_LIMITED; UNAUTHENTICATED without token and bearer;
 *   BAD_USER_INPUT for a malformed field and for a username that was TAKEN meanwhile
 */
export async function verifyEmail(services: Services, request: VerifyEmailRequest): Promise<Grant> {
  checkRetryKeys(request);
  const faults = profileFaults({ deviceName: request.deviceName });
  if (faults.length > 0) throw badUserInput(...faults);
  const verified = await decide(services, request);
  const { user, session } = verified;
  await trustPlace(services, user.id, request.visitor);
  request.visitor.log.info(
    { event: "email_verified", userId: user.id, sessionId: session.id, ip: request.visitor.ip },
    "email verified",
  );
  return verified;
}
