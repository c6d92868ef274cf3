import { clientNetwork } from "../limits/client-network.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";

/**
 * Counts a try at codes by the client address, beside what `match` counts by code and account;
 * before anything is looked at, and taken back where the code is right.
 *
 * @throws {AuthError} RATE_LIMITED; what `match` throws
 */
export async function presentCode<Matched>(
  { limits }: Pick<Services, "limits">,
  { ip }: Visitor,
  match: () => Promise<Matched>,
): Promise<Matched> {
  const taken = await limits.codes.take(clientNetwork(ip));
  const matched = await match();
  await limits.giveBack(taken);
  return matched;
}
