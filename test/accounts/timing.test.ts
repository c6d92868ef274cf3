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
 * chance once in a thousand times. A gap must show twice in a row to count. (Tried with
 * 150 pairs on two busy processors: a transaction that was left out for unknown addresses showed every time, a
 * single insert every other time.)
 */
const tolerated = (pairs: number) => (3.3 * Math.sqrt((2 * pairs + 1) / 12)) / pairs;
const people = 40;

type Send = (isKnown: boolean, round: number) => Promise<Answer>;

interface Trial {
  pairs: number;
  /** What every answer must be: one that was refused early would say nothing. */
  code: string | undefined;
  send: Send;
}

async function millisecondsOf(trial: Trial, isKnown: boolean, round: number): Promise<number> {
  const began = performance.now();
  const { code } = await trial.send(isKnown, round);
  const took = performance.now() - began;
  expect(code).toBe(trial.code);
  return took;
}

async function shareSlower(trial: Trial): Promise<number> {
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let round = 0; round < trial.pairs; round++) {
    const known = async () => times.known.push(await millisecondsOf(trial, true, round));
    const unknown = async () => times.unknown.push(await millisecondsOf(trial, false, round));
    for (const one of Math.random() < 0.5 ? [known, unknown] : [unknown, known]) await one();
  }
  const slower = times.known.flatMap((k) => times.unknown.map((u) => (k > u ? 1 : 0) as number));
  return slower.reduce((sum, n) => sum + n, 0) / slower.length;
}

async function expectNoGap(trial: Trial): Promise<void> {
  for (const isKnown of [true, false]) await millisecondsOf(trial, isKnown, 0);
  const first = Math.abs((await shareSlower(trial)) - 0.5);
  if (first < tolerated(trial.pairs)) return;
  // Each address has had some of its mails of the hour.
  await service.pool.query("DELETE FROM email_budgets");
  expect(Math.abs((await shareSlower(trial)) - 0.5)).toBeLessThan(tolerated(trial.pairs));
}

let service: TestApp;
/** Each may be mailed to some ten times within the hour. */
let known: string[];
const unknown = Array.from({ length: people }, () => newCredentials().email);

beforeAll(async () => {
  service = await startTestApp({ EMAIL_VERIFICATION: "required", BCRYPT_COST: "6" });
  const hash = await bcryptHash();
  const { rows } = await service.pool.query(
    `INSERT INTO users (email, email_verified, password_hash)
     SELECT 'known-' || n || '@example.com', true, $1 FROM generate_series(1, $2::int) n RETURNING email`,
    [hash, people],
  );
  known = rows.map(({ email }) => email);
});
afterAll(() => service.close());

async function bcryptHash(): Promise<string> {
  const { default: bcrypt } = await import("bcryptjs");
  return bcrypt.hash(newCredentials().password, 6);
}

const addressOf = (isKnown: boolean, round: number) =>
  (isKnown ? known : unknown)[round % people] as string;

test("a failed sign-in takes as long for a known as for an unknown address", async () => {
  const { password } = newCredentials();
  await expectNoGap({
    pairs: 100,
    code: "INVALID_CREDENTIALS",
    send: (isKnown, round) =>
      run(service.app, "login", { input: { email: addressOf(isKnown, round), password } }),
  });
});

test("asking for a new password takes as long for a known as for an unknown address", async () => {
  await expectNoGap({
    pairs: 100,
    code: undefined,
    send: (isKnown, round) =>
      run(service.app, "requestPasswordReset", { email: addressOf(isKnown, round) }),
  });
});

test("a registration that waits takes as long for a taken as for a free address", async () => {
  await service.pool.query("DELETE FROM email_budgets");
  const { password } = newCredentials();
  await expectNoGap({
    pairs: 40,
    code: undefined,
    send: (isKnown, round) =>
      run(service.app, "register", { input: { email: addressOf(isKnown, round), password } }),
  });
});
