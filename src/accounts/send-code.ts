import type { ClientBase } from "pg";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { issueCodes } from "../email-codes/issue.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";

type Parts = Pick<Services, "codeKeys" | "outbox" | "clock" | "config">;

/** A code that shows that the account's own address is read, and the mail with it. */
export async function sendAccountCode(
  client: ClientBase,
  services: Parts,
  account: { id: string; email: string },
  visitor: Visitor,
): Promise<void> {
  const { id: userId, email: address } = account;
  const ttlSeconds = services.config.emailCodeTtlSeconds;
  const purpose = CodePurpose.VERIFY;
  const codes = await issueCodes(client, services.codeKeys, {
    purpose,
    userId,
    address,
    ttlSeconds,
  });
  const values = { ...circumstancesOf(services, visitor), ...codes, ttlSeconds };
  await services.outbox.put(client, {
    to: address,
    userId,
    content: { template: "verifyEmail", values },
  });
}

/**
 * A code that finishes a registration. The owner of a taken address gets a notice in its place:
 * the same rows are written, and the code that nobody was told opens nothing.
 *
 * @param ownerId of the account that has the address, if one has
 */
export async function sendRegistrationCode(
  client: ClientBase,
  services: Parts,
  registration: { id: string; email: string; ownerId: string | null },
  visitor: Visitor,
): Promise<void> {
  const { id: registrationId, email: address, ownerId } = registration;
  const ttlSeconds = services.config.emailCodeTtlSeconds;
  const codes = await issueCodes(client, services.codeKeys, {
    purpose: CodePurpose.REGISTER,
    userId: null,
    registrationId,
    address,
    ttlSeconds,
  });
  const circumstances = circumstancesOf(services, visitor);
  await services.outbox.put(client, {
    to: address,
    userId: ownerId,
    content:
      ownerId === null
        ? { template: "verifyEmail", values: { ...circumstances, ...codes, ttlSeconds } }
        : { template: "addressTaken", values: circumstances },
  });
}
