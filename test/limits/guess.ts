import type { TestApp } from "../support/app.js";
import { type Answer, run } from "../support/client.js";
import { type Credentials, newCredentials } from "../support/personas.js";

/** Addresses for documentation (RFC 5737, RFC 3849): nobody's. */
export const stranger = (at: number) => `203.0.113.${at}`;
/** Each a network of its own. */
export const manyStrangers = (at: number) =>
  `2001:db8:${Math.floor(at / 0x8000)}:${(at % 0x8000) + 1}::1`;

export const signIn = (service: TestApp, { email, password }: Credentials, from: string) =>
  run(service.app, "login", { input: { email, password } }, { remoteAddress: from });

/** A wrong password for the account. */
export const guess = (service: TestApp, { email }: Pick<Credentials, "email">, from: string) =>
  signIn(service, { email, password: newCredentials().password }, from);

/** "ok", or the code of the refusal, and how many there were of each. */
export function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code = "ok" } of answers) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

export async function tallyOf(times: number, ask: (at: number) => Promise<Answer>) {
  const answers: Answer[] = [];
  for (let at = 0; at < times; at++) answers.push(await ask(at));
  return tally(answers);
}

export const tallyAtOnce = async (times: number, ask: (at: number) => Promise<Answer>) =>
  tally(await Promise.all(Array.from({ length: times }, (_, at) => ask(at))));

/** The time of every count is over. What is kept in memory is not. */
export const letTimePass = ({ pool }: TestApp) =>
  pool.query(
    "UPDATE rate_limits SET expire = 1 WHERE expire IS NOT NULL AND key NOT LIKE 'place%'",
  );
