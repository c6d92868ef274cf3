import { mailBudget, spend } from "../email-codes/budget.js";
import { rateLimited } from "../errors/auth-error.js";
import { clientNetwork } from "../limits/client-network.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import type { CodeSent } from "./code-sent.js";

type Parts = Pick<Services, "pool" | "config" | "limits">;

/** So that one stranger cannot use up what an address gets from everybody. */
async function countClient({ limits }: Parts, address: string, { ip }: Visitor): Promise<void> {
  const network = clientNetwork(ip);
  const taken = await limits.mailPairs.take(`${address}\0${network}`);
  await limits.mails.take(network).catch(async (error: unknown) => {
    await limits.giveBack(taken);
    throw error;
  });
}

/**
 * Takes one mail from the budget of the client, of the address, and of the account where one asks
 * for itself.
 * @throws {AuthError} RATE_LIMITED
 */
export async function takeMail(
  parts: Parts,
  { address, userId, visitor }: { address: string; userId?: string; visitor: Visitor },
): Promise<CodeSent> {
  const { pool, config } = parts;
  await countClient(parts, address, visitor);
  const spent = [await spend(pool, mailBudget, address)];
  if (userId !== undefined) spent.push(await spend(pool, mailBudget, userId));
  const resendAfter = Math.max(...spent.map(({ retryAfter }) => retryAfter));
  if (spent.some(({ allowed }) => !allowed)) throw rateLimited(resendAfter);
  return { expiresIn: config.emailCodeTtlSeconds, resendAfter };
}

/** The same where the mail only comes along with something else, which goes on without it. */
export async function mayMail({ pool }: Pick<Services, "pool">, address: string): Promise<boolean> {
  return (await spend(pool, mailBudget, address)).allowed;
}
