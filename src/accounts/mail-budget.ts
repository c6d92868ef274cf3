import type { Pool } from "pg";
import type { Config } from "../config.js";
import { mailBudget, spend } from "../email-codes/budget.js";
import { rateLimited } from "../errors/auth-error.js";
import type { CodeSent } from "./code-sent.js";

/**
 * Takes one mail from the budget of the address, and of the account where one asks for itself.
 * @throws {AuthError} RATE_LIMITED
 */
export async function takeMail(
  { pool, config }: { pool: Pool; config: Pick<Config, "emailCodeTtlSeconds"> },
  address: string,
  userId?: string,
): Promise<CodeSent> {
  const spent = [await spend(pool, mailBudget, address)];
  if (userId !== undefined) spent.push(await spend(pool, mailBudget, userId));
  const resendAfter = Math.max(...spent.map(({ retryAfter }) => retryAfter));
  if (spent.some(({ allowed }) => !allowed)) throw rateLimited(resendAfter);
  return { expiresIn: config.emailCodeTtlSeconds, resendAfter };
}

/** The same where the mail only comes along with something else, which goes on without it. */
export async function mayMail({ pool }: { pool: Pool }, address: string): Promise<boolean> {
  return (await spend(pool, mailBudget, address)).allowed;
}
