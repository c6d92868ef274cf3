import type { ClientBase } from "pg";
import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import type { Member } from "../caller.js";
import { inTransaction } from "../database/transaction.js";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { withdrawCodes } from "../email-codes/consume.js";
import { AuthError, badUserInput } from "../errors/auth-error.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { PasswordHash } from "../passwords/index.js";
import type { Services } from "../services.js";
import { endSessionsIn } from "../sessions/end.js";
import { type Grant, grant } from "../sessions/grant.js";
import { type Renewal, renewSession } from "../sessions/renew-session.js";
import { checkRetryKeys } from "../sessions/retry-key.js";
import { SessionEndReason } from "../sessions/session-end-reason.js";
import { confirmPassword } from "./confirm-password.js";
import { type Account, lockAccount, personalWords } from "./lock-account.js";
import { setPassword } from "./set-password.js";
import { trustPlace } from "./trust-place.js";

export interface ChangePasswordRequest extends Renewal {
  currentPassword: string;
  newPassword: string;
}

async function hashFor({ passwords }: Services, account: Account, newPassword: string) {
  const weakness = await passwords.check(newPassword, personalWords(account));
  if (weakness !== undefined) throw badUserInput({ field: "newPassword", ...weakness });
  return passwords.hash(newPassword);
}

/** @returns the ids of the sessions that it ended */
async function endOthers(client: ClientBase, member: Member, ip: string | null) {
  const ended = await endSessionsIn(client, {
    reason: SessionEndReason.PASSWORD_CHANGED,
    ip,
    condition: "s.user_id = $3 AND s.id <> $4",
    values: [member.userId, member.sessionId],
  });
  return ended.map(({ id }) => id);
}

/** SECURITY: of two changes at once one finds the password that it was checked against. */
async function applyChange(
  services: Services,
  account: Account,
  hash: PasswordHash,
  request: ChangePasswordRequest,
) {
  const { member, visitor } = request;
  const { userId, sessionId } = member;
  return inTransaction(services.pool, async (client) => {
    const locked = await lockAccount(client, userId);
    if (locked?.passwordVersion !== account.passwordVersion)
      throw new AuthError("INVALID_CREDENTIALS");
    await setPassword(client, userId, hash);
    const row = await renewSession(client, services.config, request);
    const ended = await endOthers(client, member, visitor.ip);
    await withdrawCodes(client, userId, [CodePurpose.RESET, CodePurpose.CHANGE]);
    const { device } = row;
    const kind = ActivityKind.PASSWORD_CHANGED;
    await recordActivity(client, { kind, userId, visitor, device, sessionId });
    const values = circumstancesOf(services, visitor);
    const content = { template: "passwordChanged" as const, values };
    await services.outbox.put(client, { to: locked.email, userId, content });
    return { row, ended };
  });
}

/**
 * Changes the password, ends every other session before it answers, and gives the caller's fresh
 * tokens.
 *
 * @throws {AuthError} INVALID_CREDENTIALS; RATE_LIMITED; BAD_USER_INPUT; UNAUTHENTICATED; FORBIDDEN
 */
export async function changePassword(
  services: Services,
  request: ChangePasswordRequest,
): Promise<Grant> {
  checkRetryKeys(request);
  const { member, visitor } = request;
  const password = request.currentPassword;
  const account = await confirmPassword(services, { member, password, visitor });
  const hash = await hashFor(services, account, request.newPassword);
  const { row, ended } = await applyChange(services, account, hash, request);
  services.endedSessions.add(ended);
  await trustPlace(services, member.userId, visitor);
  visitor.log.info(
    { event: "password_changed", ...member, sessionIds: ended, ip: visitor.ip },
    "password changed",
  );
  return grant(services, row, row.lastUsedAt);
}
