import type { Member } from "../caller.js";
import { inTransaction } from "../database/transaction.js";
import { AuthError } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { findAddressOwner } from "./address-owner.js";
import type { CodeSent } from "./code-sent.js";
import { findRegistration } from "./find-registration.js";
import { type Account, findAccount, present } from "./lock-account.js";
import { takeMail } from "./mail-budget.js";
import { sendAccountCode, sendRegistrationCode } from "./send-code.js";

async function sendToAccount(
  services: Services,
  account: Account,
  visitor: Visitor,
): Promise<CodeSent> {
  const sent = await takeMail(services, { address: account.email, userId: account.id, visitor });
  await inTransaction(services.pool, (client) =>
    sendAccountCode(client, services, account, visitor),
  );
  return sent;
}

async function sendToRegistration(
  services: Services,
  registrationId: string,
  visitor: Visitor,
): Promise<CodeSent> {
  const registration = await findRegistration(services.pool, registrationId);
  if (registration === undefined) throw new AuthError("INVALID_CODE");
  const { id, email } = registration;
  const sent = await takeMail(services, { address: email, visitor });
  const ownerId = await findAddressOwner(services.pool, email);
  await inTransaction(services.pool, (client) =>
    sendRegistrationCode(client, services, { id, email, ownerId }, visitor),
  );
  return sent;
}

/**
 * Mails a new code to the address of a registration that waits, of an account whose password is
 * known, or of the caller.
 *
 * @throws {AuthError} INVALID_CODE for a verificationToken that is not good (any more); RATE_LIMITED
 */
export async function sendEmailVerification(
  services: Services,
  request: { verificationToken: string | null; member(): Member; visitor: Visitor },
): Promise<CodeSent> {
  const { verificationToken, visitor } = request;
  if (verificationToken === null) {
    const account = present(await findAccount(services.pool, request.member().userId));
    return sendToAccount(services, account, visitor);
  }
  const token = services.verificationTokens.open(verificationToken, services.clock.now());
  if (token === undefined) throw new AuthError("INVALID_CODE");
  if (token.kind === "registration") return sendToRegistration(services, token.id, visitor);
  const account = await findAccount(services.pool, token.id);
  if (account === undefined || account.passwordVersion !== token.passwordVersion)
    throw new AuthError("INVALID_CODE");
  return sendToAccount(services, account, visitor);
}
