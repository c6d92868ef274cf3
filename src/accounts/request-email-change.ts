import type { ClientBase } from "pg";
import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import type { Member } from "../caller.js";
import { inTransaction } from "../database/transaction.js";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { issueCodes } from "../email-codes/issue.js";
import { AuthError, badUserInput } from "../errors/auth-error.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { findAddressOwner } from "./address-owner.js";
import type { CodeSent } from "./code-sent.js";
import { confirmPassword } from "./confirm-password.js";
import { parseEmail } from "./email.js";
import { type Account, lockAccount } from "./lock-account.js";
import { takeMail } from "./mail-budget.js";

export interface EmailChangeRequest {
  member: Member;
  newEmail: string;
  password: string;
  visitor: Visitor;
}

/** The owner of a taken address gets a notice in place of the code; the rows are the same. */
async function sendCode(
  client: ClientBase,
  services: Services,
  { userId, address, ownerId }: { userId: string; address: string; ownerId: string | null },
  visitor: Visitor,
): Promise<void> {
  const ttlSeconds = services.config.emailCodeTtlSeconds;
  const purpose = CodePurpose.CHANGE;
  const request = { purpose, userId, address, ttlSeconds };
  const codes = await issueCodes(client, services.codeKeys, request);
  const circumstances = circumstancesOf(services, visitor);
  const isFree = ownerId === null || ownerId === userId;
  await services.outbox.put(client, {
    to: address,
    userId: isFree ? userId : ownerId,
    content: isFree
      ? { template: "changeEmail", values: { ...circumstances, ...codes, ttlSeconds } }
      : { template: "addressTaken", values: circumstances },
  });
}

async function askBoth(
  services: Services,
  account: Account,
  address: string,
  { member, visitor }: EmailChangeRequest,
): Promise<void> {
  const { userId, sessionId } = member;
  const ownerId = await findAddressOwner(services.pool, address);
  await inTransaction(services.pool, async (client) => {
    const locked = await lockAccount(client, userId);
    if (locked?.passwordVersion !== account.passwordVersion)
      throw new AuthError("INVALID_CREDENTIALS");
    await sendCode(client, services, { userId, address, ownerId }, visitor);
    const values = { ...circumstancesOf(services, visitor), newEmail: address };
    const content = { template: "emailChangeRequested" as const, values };
    await services.outbox.put(client, { to: locked.email, userId, content });
    const kind = ActivityKind.EMAIL_CHANGE_REQUESTED;
    await recordActivity(client, { kind, userId, sessionId, visitor });
  });
}

/**
 * Mails a code to the address that the account is to have, and a notice to the one that it has,
 * which stays until the code comes back. Says nothing about whether the new one is taken.
 *
 * @throws {AuthError} INVALID_CREDENTIALS; BAD_USER_INPUT; RATE_LIMITED; UNAUTHENTICATED
 */
export async function requestEmailChange(
  services: Services,
  request: EmailChangeRequest,
): Promise<CodeSent> {
  const address = parseEmail(request.newEmail);
  if (address === undefined) throw badUserInput({ field: "newEmail", code: "FORMAT_INVALID" });
  const account = await confirmPassword(services, request);
  if (address === account.email) throw badUserInput({ field: "newEmail", code: "TAKEN" });
  const sent = await takeMail(services, {
    address,
    userId: account.id,
    visitor: request.visitor,
  });
  await askBoth(services, account, address, request);
  const { userId } = request.member;
  request.visitor.log.info({ event: "email_change_requested", userId }, "email change requested");
  return sent;
}
