import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { mostInARow } from "../../src/limits/tries-in-a-row.js";
import { kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { run } from "../support/client.js";
import { codeFor, mailsTo, mailTo } from "../support/mail.js";
import { type MemberPersona, newCredentials, newMember } from "../support/personas.js";
import { until } from "../support/until.js";
import { guess, letTimePass, manyStrangers, signIn, tallyAtOnce, tallyOf } from "./guess.js";

const home = "198.51.100.7";
const elsewhere = "198.51.100.99";

let service: TestApp;
let owner: MemberPersona;
beforeAll(async () => {
  service = await startTestApp({ RATE_LIMITS: "on", LIMIT_PASSWORD_ACCOUNT: "10/1h" });
});
afterAll(() => service.close());
beforeEach(async () => {
  owner = await newMember(service.app, {}, { remoteAddress: home });
});

let from = 0;
/** Each from an address that nobody has seen. */
const strangersGuess = (times: number) =>
  tallyAtOnce(times, () => guess(service, owner, manyStrangers(from++)));

const kinds = async () => kindsOf(service.pool, owner.auth.user.id);
const locks = async () => (await kinds()).filter((kind) => kind === "ACCOUNT_LOCKED").length;

async function resetPassword(remoteAddress: string) {
  const { email } = owner;
  await run(service.app, "requestPasswordReset", { email }, { remoteAddress });
  const code = await codeFor(service.app, email, /new password/);
  const { password } = newCredentials();
  const input = { email, code, newPassword: password };
  const answer = await run(service.app, "resetPassword", { input }, { remoteAddress });
  expect(answer.errors).toEqual([]);
  return { email, password };
}

describe("while strangers from everywhere guess at an account", () => {
  test("they are held back together, and the owner hears of it once", async () => {
    expect(await strangersGuess(30)).toEqual({ INVALID_CREDENTIALS: 10, RATE_LIMITED: 20 });
    const mail = await mailTo(service.app, owner.email, /guessing/);
    expect(mail.text).toContain("ask for a new one");
    await strangersGuess(10);
    await letTimePass(service);
    await until(async () => (await locks()) === 1);
    const mails = await mailsTo(service.app, owner.email);
    expect(mails.filter(({ subject }) => /guessing/.test(subject))).toHaveLength(1);
  });

  test("the owner gets in where they signed in before", async () => {
    await strangersGuess(20);
    expect((await signIn(service, owner, elsewhere)).code).toBe("RATE_LIMITED");
    expect((await signIn(service, owner, home)).code).toBeUndefined();
  });

  test("the owner's session goes on, and may change the password", async () => {
    await strangersGuess(20);
    const input = { currentPassword: owner.password, newPassword: newCredentials().password };
    const extras = { ...owner.signedIn, remoteAddress: elsewhere };
    expect((await run(service.app, "me", {}, extras)).errors).toEqual([]);
    expect((await run(service.app, "changePassword", { input }, extras)).errors).toEqual([]);
    const renewed = { email: owner.email, password: input.newPassword };
    expect((await signIn(service, renewed, elsewhere)).code).toBeUndefined();
  });

  test("the mailbox lets the owner in at once, from anywhere", async () => {
    await strangersGuess(20);
    const renewed = await resetPassword(elsewhere);
    expect((await signIn(service, renewed, elsewhere)).code).toBeUndefined();
  });

  test("anybody gets in where the hour is over", async () => {
    await strangersGuess(20);
    await letTimePass(service);
    expect((await signIn(service, owner, elsewhere)).code).toBeUndefined();
  });
});

describe("never are more than 100 wrong passwords in a row looked at", () => {
  const { stranger, known } = mostInARow;

  test("however long strangers take: then none of them gets in, right or wrong", async () => {
    expect(stranger + known).toBeLessThanOrEqual(100);
    for (let round = 0; round < stranger / 10; round++) {
      expect(await strangersGuess(10)).toEqual({ INVALID_CREDENTIALS: 10 });
      await letTimePass(service);
    }
    expect((await signIn(service, owner, elsewhere)).code).toBe("INVALID_CREDENTIALS");
    await mailTo(service.app, owner.email, /guessing/);
    await letTimePass(service);
    const renewed = await resetPassword(elsewhere);
    expect((await signIn(service, renewed, elsewhere)).code).toBeUndefined();
  });

  test("a stranger at a known place has tries of their own, and they end", async () => {
    for (let round = 0; round < known / 5; round++) {
      expect(await tallyOf(5, () => guess(service, owner, home))).toEqual({
        INVALID_CREDENTIALS: 5,
      });
      await letTimePass(service);
    }
    expect((await signIn(service, owner, home)).code).toBe("INVALID_CREDENTIALS");
    expect((await signIn(service, owner, elsewhere)).code).toBeUndefined();
    await letTimePass(service);
    expect((await signIn(service, owner, home)).code).toBeUndefined();
  });
});

test("with a new password every place is a stranger, but the one where it was set", async () => {
  await resetPassword(elsewhere);
  await strangersGuess(20);
  expect((await guess(service, owner, home)).code).toBe("RATE_LIMITED");
  expect((await guess(service, owner, elsewhere)).code).toBe("INVALID_CREDENTIALS");
});

test("a database that fails while a try is counted tells nobody of wrong passwords", async () => {
  const { pool } = service;
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const isAccountCounter = (args: unknown[]) =>
    JSON.stringify(args).includes("LIMIT_PASSWORD_ACCOUNT");
  let failed = 0;
  const stub = (...args: unknown[]) => {
    if (!isAccountCounter(args)) return query(...args);
    failed++;
    return Promise.reject(Object.assign(new Error("lock timeout"), { code: "55P03" }));
  };
  const spy = jest.spyOn(pool, "query").mockImplementation(stub as typeof pool.query);
  expect((await guess(service, owner, elsewhere)).code).toBe("OVERLOADED");
  spy.mockRestore();
  expect(failed).toBe(1);
  expect(await locks()).toBe(0);
  expect(await strangersGuess(20)).toEqual({ INVALID_CREDENTIALS: 10, RATE_LIMITED: 10 });
  await until(async () => (await locks()) === 1);
});
