import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { newCredentials, newMember } from "../support/personas.js";
import {
  guess,
  letTimePass,
  manyStrangers,
  signIn,
  stranger,
  tallyAtOnce,
  tallyOf,
} from "./guess.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp({
    RATE_LIMITS: "on",
    LIMIT_PASSWORD_PAIR: "5/1m,8/1h",
    LIMIT_PASSWORD_ADDRESS: "40/15m",
    LIMIT_PASSWORD_ACCOUNT: "1000/1h",
    LIMIT_REGISTER: "1000/1h",
  });
});
afterAll(() => service.close());

const known = "198.51.100.7";
let next = 0;
/** A place of the test's own. */
const place = () => manyStrangers(1_000 + next++);
const member = (from = known) => newMember(service.app, {}, { remoteAddress: from });

/** Where the machine is slow, some wait too long for the database: they are not checked either. */
function expectAtMostFive({
  INVALID_CREDENTIALS: checked = 0,
  RATE_LIMITED: limited = 0,
  OVERLOADED: late = 0,
}: Record<string, number>): void {
  expect(checked).toBeLessThanOrEqual(5);
  expect(limited).toBeGreaterThan(0);
  expect(checked + limited + late).toBe(200);
}

describe("of 200 wrong passwords at once", () => {
  test("at most five are checked, and the others are told when to come again", async () => {
    const person = await member();
    const from = place();
    const counts = await tallyAtOnce(200, () => guess(service, person, from));
    expectAtMostFive(counts);
    const checked = (await kindsOf(service.pool, person.auth.user.id)).filter(
      (kind) => kind === "SIGN_IN_FAILED",
    );
    expect(checked).toHaveLength(counts.INVALID_CREDENTIALS ?? 0);
    expect((await guess(service, person, from)).code).toBe("RATE_LIMITED");
  });

  test("for a name that nobody has, as many", async () => {
    const from = place();
    const nobody = newCredentials();
    expectAtMostFive(await tallyAtOnce(200, () => guess(service, nobody, from)));
  });
});

test("a refusal comes before any hash, also for the right password", async () => {
  const person = await member();
  const from = place();
  await tallyOf(5, () => guess(service, person, from));
  const [error] = (await signIn(service, person, from)).errors;
  expect(error).toMatchObject({
    message: "Too often. Wait before you try again.",
    extensions: { code: "RATE_LIMITED", retryAfter: expect.any(Number) },
  });
  expect(error?.extensions.retryAfter).toBeGreaterThan(30);
  expect(error?.extensions.retryAfter).toBeLessThanOrEqual(60);
});

test("who goes on waits longer", async () => {
  const person = await member();
  const from = place();
  await tallyOf(5, () => guess(service, person, from));
  await service.pool.query(
    "UPDATE rate_limits SET expire = 1 WHERE key LIKE 'LIMIT_PASSWORD_PAIR/60:%'",
  );
  expect(await tallyOf(4, () => guess(service, person, from))).toEqual({
    INVALID_CREDENTIALS: 3,
    RATE_LIMITED: 1,
  });
  const { errors } = await guess(service, person, from);
  expect(errors[0]?.extensions.retryAfter).toBeGreaterThan(3000);
});

test("addresses of one /64 are one client, and IPv4 in IPv6 is IPv4", async () => {
  const person = await member();
  await tallyOf(5, (at) => guess(service, person, `2001:db8:77:1::${at + 1}`));
  expect((await guess(service, person, "2001:db8:77:1:ffff::1")).code).toBe("RATE_LIMITED");
  expect((await guess(service, person, "2001:db8:77:2::1")).code).toBe("INVALID_CREDENTIALS");
  await tallyOf(5, () => guess(service, person, "192.0.2.9"));
  expect((await guess(service, person, "::ffff:192.0.2.9")).code).toBe("RATE_LIMITED");
});

test("a client that writes addresses into headers stays the one that it is", async () => {
  const person = await member();
  const from = place();
  const counts = await tallyOf(6, (at) =>
    run(
      service.app,
      "login",
      { input: { email: person.email, password: "a wrong one" } },
      {
        remoteAddress: from,
        headers: { "x-forwarded-for": stranger(at), "x-real-ip": stranger(at) },
      },
    ),
  );
  expect(counts).toEqual({ INVALID_CREDENTIALS: 5, RATE_LIMITED: 1 });
});

test("one client that tries a password on everybody is stopped", async () => {
  const from = place();
  const people = await Promise.all(Array.from({ length: 10 }, () => member()));
  const counts = await tallyOf(45, (at) => guess(service, people[at % 10] as never, from));
  expect(counts).toEqual({ INVALID_CREDENTIALS: 40, RATE_LIMITED: 5 });
});

describe("a right password", () => {
  test("counts nothing: an office of fifty signs in from one address", async () => {
    const person = await member();
    const from = place();
    expect(await tallyOf(50, () => signIn(service, person, from))).toEqual({ ok: 50 });
  });

  test("of one's own account gives no more tries at another's", async () => {
    const [own, victim] = [await member(), await member()];
    const from = place();
    const counts: Record<string, number> = {};
    for (let round = 0; round < 8; round++) {
      const { code = "ok" } = await guess(service, victim, from);
      counts[code] = (counts[code] ?? 0) + 1;
      expect((await signIn(service, own, from)).code).toBeUndefined();
    }
    expect(counts).toEqual({ INVALID_CREDENTIALS: 5, RATE_LIMITED: 3 });
  });

  test("of one's own account gives back no more of the address than it took", async () => {
    const own = await member();
    const from = place();
    const counts: Record<string, number> = {};
    for (let round = 0; round < 42; round++) {
      const { code = "ok" } = await guess(service, newCredentials(), from);
      counts[code] = (counts[code] ?? 0) + 1;
      if (round < 39) await signIn(service, own, from);
    }
    expect(counts).toEqual({ INVALID_CREDENTIALS: 40, RATE_LIMITED: 2 });
  });

  test("lets a person who mistyped it four times begin anew", async () => {
    const person = await member();
    const from = place();
    for (let round = 0; round < 3; round++) {
      await tallyOf(4, () => guess(service, person, from));
      expect((await signIn(service, person, from)).code).toBeUndefined();
    }
  });
});

test("within a session, wrong passwords are counted by the session", async () => {
  const person = await member();
  const change = (extras = person.signedIn) =>
    run(service.app, "deleteAccount", { password: "a wrong one" }, extras);
  expect(await tallyAtOnce(20, () => change())).toEqual({
    INVALID_CREDENTIALS: 5,
    RATE_LIMITED: 15,
  });
  const { data } = await signIn(service, person, known);
  expect((await change(bearer(data.login.accessToken))).code).toBe("INVALID_CREDENTIALS");
});

test("a fault on the way takes no try away", async () => {
  const person = await member();
  const from = place();
  const { rows } = await service.pool.query("SELECT count(*)::int AS n FROM rate_limits");
  await service.pool.query("ALTER TABLE rate_limits RENAME TO rate_limits_gone");
  const lost = await signIn(service, person, from);
  await service.pool.query("ALTER TABLE rate_limits_gone RENAME TO rate_limits");
  // SECURITY: without its counts the service checks no password.
  expect(lost.code).toBe("INTERNAL_SERVER_ERROR");
  const after = await service.pool.query("SELECT count(*)::int AS n FROM rate_limits");
  expect(after.rows).toEqual(rows);
  expect((await signIn(service, person, from)).code).toBeUndefined();
});

test("the table of counts names nobody, and what is over is removed", async () => {
  const { purgeRateLimits } = await import("../../src/limits/purge.js");
  const { rows } = await service.pool.query("SELECT key FROM rate_limits");
  expect(rows.length).toBeGreaterThan(20);
  for (const { key } of rows) expect(key).toMatch(/^[A-Za-z_-]+(?:\/\d+)?:[\w-]{43}$/);
  await letTimePass(service);
  await purgeRateLimits(service.pool);
  const left = await service.pool.query(
    "SELECT key FROM rate_limits WHERE key NOT LIKE 'place%' AND key NOT LIKE 'row-%'",
  );
  expect(left.rows).toEqual([]);
});
