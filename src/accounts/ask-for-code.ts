import { inTransaction } from "../database/transaction.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { mayMail } from "./mail-budget.js";
import { sendAccountCode } from "./send-code.js";

/** Who knows the password has so long to prove the address. */
const tokenSeconds = 3600;

/**
 * For an account whose address must be proved before it signs in: mails a code, unless too many
 * went to the address already.
 * @returns the verificationToken that goes with the code
 */
export async function askForCode(
  services: Services,
  account: { id: string; email: string; passwordVersion: number },
  visitor: Visitor,
): Promise<string> {
  if (await mayMail(services, account.email))
    await inTransaction(services.pool, (client) =>
      sendAccountCode(client, services, account, visitor),
    );
  return services.verificationTokens.issue({
    kind: "account",
    id: account.id,
    passwordVersion: account.passwordVersion,
    expiresAt: services.clock.now() + tokenSeconds * 1000,
  });
}
