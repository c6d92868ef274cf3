import type { ClientBase } from "pg";
import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import type { Member } from "../caller.js";
import { columns } from "../database/columns.js";
import { uniqueViolation } from "../database/faults.js";
import { inTransaction } from "../database/transaction.js";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { consumeCode, matchCode, withdrawCodes } from "../email-codes/consume.js";
import { issueCodes } from "../email-codes/issue.js";
import { badUserInput } from "../errors/auth-error.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { isKeptForOther } from "./address-owner.js";
import { AddressKeptError } from "./insert-user.js";
import { type Account, lockAccount, present } from "./lock-account.js";
import { presentCode } from "./present-code.js";
import { type VisibleUser, visibleUserFields } from "./visible-user.js";

/** The owner of an address that was left can bring it back for so long. */
const restoreLinkSeconds = 7 * 86_400;

async function moveTo(client: ClientBase, userId: string, address: string): Promise<VisibleUser> {
  const { rows } = await client.query<VisibleUser>(
    `UPDATE users u SET email = $2, email_verified = true, updated_at = clock_timestamp()
     WHERE u.id = $1 RETURNING ${columns("u", visibleUserFields)}`,
    [userId, address],
  );
  if (await isKeptForOther(client, address, userId)) throw new AddressKeptError();
  return present(rows[0]);
}

/**
 * To both addresses; the old one gets a way back, because the code of a reset would now go to the
 * new one, who may be the thief.
 *
 * SECURITY: an old address that was never proved may be anybody's, a slip of the pen: no way back.
 */
async function tellBoth(
  client: ClientBase,
  services: Services,
  { old, newEmail }: { old: Account; newEmail: string },
  visitor: Visitor,
): Promise<void> {
  const userId = old.id;
  const values = { ...circumstancesOf(services, visitor), newEmail };
  const content = { template: "emailChanged" as const, values };
  await services.outbox.put(client, { to: newEmail, userId, content });
  if (!old.emailVerified) return services.outbox.put(client, { to: old.email, userId, content });
  const ttlSeconds = restoreLinkSeconds;
  const purpose = CodePurpose.RESTORE;
  const request = { purpose, userId, address: old.email, ttlSeconds };
  const { link } = await issueCodes(client, services.codeKeys, request);
  const undo = { link, ttlSeconds };
  await services.outbox.put(client, {
    to: old.email,
    userId,
    content: { template: "emailChanged", values: { ...values, undo } },
  });
}

/**
 * Moves the account to the address that the code was sent to. Of two accounts that want it at once
 * the unique constraint lets one through.
 *
 * @throws {AuthError} INVALID_CODE; RATE_LIMITED; BAD_USER_INPUT (newEmail TAKEN meanwhile)
 */
export async function confirmEmailChange(
  services: Services,
  { member, code, visitor }: { member: Member; code: string; visitor: Visitor },
): Promise<VisibleUser> {
  const { userId, sessionId } = member;
  const { CHANGE, VERIFY, RESET } = CodePurpose;
  const matched = await presentCode(services, visitor, () =>
    matchCode(services, { purpose: CHANGE, owner: userId }, code),
  );
  const newEmail = matched.address;
  try {
    return await inTransaction(services.pool, async (client) => {
      const old = present(await lockAccount(client, userId));
      await consumeCode(client, matched);
      const user = await moveTo(client, userId, newEmail);
      await withdrawCodes(client, userId, [CHANGE, VERIFY, RESET]);
      await tellBoth(client, services, { old, newEmail }, visitor);
      const kind = ActivityKind.EMAIL_CHANGED;
      await recordActivity(client, { kind, userId, sessionId, visitor });
      visitor.log.info({ event: "email_changed", userId, ip: visitor.ip }, "email changed");
      return user;
    });
  } catch (error) {
    if (uniqueViolation(error) === undefined && !(error instanceof AddressKeptError)) throw error;
    throw badUserInput({ field: "newEmail", code: "TAKEN" });
  }
}
