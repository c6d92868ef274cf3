import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import { inTransaction } from "../database/transaction.js";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { issueCodes } from "../email-codes/issue.js";
import { badUserInput } from "../errors/auth-error.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import type { CodeSent } from "./code-sent.js";
import { parseEmail } from "./email.js";
import { takeMail } from "./mail-budget.js";

async function findUser({ pool }: Services, email: string): Promise<string | null> {
  const { rows } = await pool.query<{ id: string }>("SELECT id FROM users WHERE email = $1", [
    email,
  ]);
  return rows[0]?.id ?? null;
}

/**
 * Mails a code and a link to set a new password.
 *
 * SECURITY: for an address that nobody has the same rows are written, with the account missing, and
 * the mail is thrown away by the worker that would send it. So the answer and its time say nothing
 * (OWASP Forgot Password CS); the mail leaves outside the request.
 *
 * @throws {AuthError} BAD_USER_INPUT for what is no address; RATE_LIMITED, known or not
 */
export async function requestPasswordReset(
  services: Services,
  { email, visitor }: { email: string; visitor: Visitor },
): Promise<CodeSent> {
  const address = parseEmail(email);
  if (address === undefined) throw badUserInput({ field: "email", code: "FORMAT_INVALID" });
  const sent = await takeMail(services, { address, visitor });
  const userId = await findUser(services, address);
  const ttlSeconds = sent.expiresIn;
  await inTransaction(services.pool, async (client) => {
    const purpose = CodePurpose.RESET;
    const codes = await issueCodes(client, services.codeKeys, {
      purpose,
      userId,
      address,
      ttlSeconds,
    });
    const values = { ...circumstancesOf(services, visitor), ...codes, email: address, ttlSeconds };
    const content = { template: "resetPassword" as const, values };
    await services.outbox.put(client, { to: address, userId, content, decoy: userId === null });
    const kind = ActivityKind.PASSWORD_RESET_REQUESTED;
    await recordActivity(client, { kind, userId, visitor });
  });
  visitor.log.info(
    { event: "password_reset_requested", userId, ip: visitor.ip },
    "reset requested",
  );
  return sent;
}
