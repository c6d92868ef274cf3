import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Answer, run } from "../support/client.js";
import { newCredentials } from "../support/personas.js";

/**
 * Method. Pairs of requests, one about an account that exists and one about none, are sent one
 * after the other, the order within each pair by lot, so that whatever else the machine does meets
 * both. Then the share of all (known, unknown) combinations in which the known one took longer is
 * taken (Mann and Whitney): 0.5 where nothing differs, whatever the noise looks like. With n pairs
 * its standard deviation is sqrt((2n + 1) / 12) / n; a share more than 3.3 of them away comes by
 * chance once in a thousand times. A gap must show twice in a row to count.
 */
const pairs = 60;
const tolerated = (3.3 * Math.sqrt((2 * pairs + 1) / 12)) / pairs;

type Send = (isKnown: boolean, round: number) => Promise<Answer>;

async function millisecondsOf(send: () => Promise<Answer>): Promise<number> {
  const began = performance.now();
  await send();
  return performance.now() - began;
}

async function shareSlower(send: Send): Promise<number> {
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let round = 0; round < pairs; round++) {
    const known = async () => times.known.push(await millisecondsOf(() => send(true, round)));
    const unknown = async () => times.unknown.push(await millisecondsOf(() => send(false, round)));
    for (const one of Math.random() < 0.5 ? [known, unknown] : [unknown, known]) await one();
  }
  const slower = times.known.flatMap((k) => times.unknown.map((u) => (k > u ? 1 : 0) as number));
  return slower.reduce((sum, n) => sum + n, 0) / slower.length;
}

async function expectNoGap(send: Send): Promise<void> {
  for (let round = 0; round < 5; round++)
    await Promise.all([send(true, round), send(false, round)]);
  const first = Math.abs((await shareSlower(send)) - 0.5);
  if (first < tolerated) return;
  expect(Math.abs((await shareSlower(send)) - 0.5)).toBeLessThan(tolerated);
}

let service: TestApp;
/** Each may be mailed to some ten times within the hour. */
let known: string[];
const unknown = Array.from({ length: 20 }, () => newCredentials().email);

beforeAll(async () => {
  service = await startTestApp({ EMAIL_VERIFICATION: "required" });
  const hash = await bcryptHash();
  const { rows } = await service.pool.query(
    `INSERT INTO users (email, email_verified, password_hash)
     SELECT 'known-' || n || '@example.com', true, $1 FROM generate_series(1, 20) n RETURNING email`,
    [hash],
  );
  known = rows.map(({ email }) => email);
});
afterAll(() => service.close());

async function bcryptHash(): Promise<string> {
  const { default: bcrypt } = await import("bcryptjs");
  return bcrypt.hash(newCredentials().password, 4);
}

const addressOf = (isKnown: boolean, round: number) =>
  (isKnown ? known : unknown)[round % 20] as string;

test("a failed sign-in takes as long for a known as for an unknown address", async () => {
  const { password } = newCredentials();
  await expectNoGap((isKnown, round) =>
    run(service.app, "login", { input: { email: addressOf(isKnown, round), password } }),
  );
});

test("asking for a new password takes as long for a known as for an unknown address", async () => {
  await expectNoGap((isKnown, round) =>
    run(service.app, "requestPasswordReset", { email: addressOf(isKnown, round) }),
  );
});

test("a registration that waits takes as long for a taken as for a free address", async () => {
  await service.pool.query("DELETE FROM email_budgets");
  const { password } = newCredentials();
  await expectNoGap((isKnown, round) =>
    run(service.app, "register", { input: { email: addressOf(isKnown, round), password } }),
  );
});
