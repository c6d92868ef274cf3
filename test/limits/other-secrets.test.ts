import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { run } from "../support/client.js";
import { codeFor } from "../support/mail.js";
import { newCredentials, newMember, refreshTokenOf } from "../support/personas.js";
import { manyStrangers, tallyAtOnce, tallyOf } from "./guess.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp({
    RATE_LIMITS: "on",
    LIMIT_CODE_ADDRESS: "4/15m",
    LIMIT_REGISTER: "3/1h",
    LIMIT_MAIL_PAIR: "2/1h",
    LIMIT_MAIL_ADDRESS: "4/1h",
    LIMIT_REFRESH: "20/10s",
    LIMIT_REPLAY: "6/1m",
    LIMIT_REFRESH_ADDRESS: "5/1m",
  });
});
afterAll(() => service.close());

let next = 0;
const place = () => ({ remoteAddress: manyStrangers(next++) });
const digits = () => String(Math.floor(Math.random() * 1e6)).padStart(6, "0");

/** By the name of the limit. */
async function refusals(): Promise<Map<string, number>> {
  const { body } = await service.app.inject("/metrics");
  const series = body.matchAll(/^gatehouse_rate_limited_total\{limit="(\w+)"\} (\d+)$/gm);
  return new Map([...series].map(([, limit = "", count]) => [limit, Number(count)]));
}

test("what a limit refuses is counted for the operator, under its name", async () => {
  const before = await refusals();
  const refreshToken = "of-nobody";
  const from = place();
  await tallyAtOnce(12, () => run(service.app, "refreshToken", { refreshToken }, from));
  const risen = [...(await refusals())].filter(([limit, count]) => count !== before.get(limit));
  expect(risen).toEqual([
    ["LIMIT_REFRESH_ADDRESS", (before.get("LIMIT_REFRESH_ADDRESS") ?? 0) + 7],
  ]);
});

describe("codes", () => {
  const reset = (email: string, code: string, extras: object) =>
    run(
      service.app,
      "resetPassword",
      {
        input: { email, code, newPassword: newCredentials().password },
      },
      extras,
    );

  test("that are wrong count by the client, whosever they would be", async () => {
    const from = place();
    const counts = await tallyAtOnce(20, () => reset(newCredentials().email, digits(), from));
    expect(counts).toEqual({ INVALID_CODE: 4, RATE_LIMITED: 16 });
  });

  test("count before a new password is judged", async () => {
    const from = place();
    const input = { email: newCredentials().email, code: digits(), newPassword: "password123" };
    const weak = () => run(service.app, "resetPassword", { input }, from);
    expect(await tallyAtOnce(6, weak)).toEqual({ BAD_USER_INPUT: 4, RATE_LIMITED: 2 });
  });

  test("that are right count nothing", async () => {
    const from = place();
    for (let round = 0; round < 5; round++) {
      const { email } = await newMember(service.app, {}, place());
      await run(service.app, "requestPasswordReset", { email }, place());
      const code = await codeFor(service.app, email, /new password/);
      expect((await reset(email, code, from)).errors).toEqual([]);
    }
  });

  test("in links count too", async () => {
    const from = place();
    const report = () => {
      const token = randomBytes(32).toString("base64url");
      return run(service.app, "reportSession", { token }, from);
    };
    expect(await tallyAtOnce(10, report)).toEqual({ INVALID_CODE: 4, RATE_LIMITED: 6 });
  });
});

test("registrations count by the client, and for one too many nothing is hashed or judged", async () => {
  const from = place();
  const register = () => run(service.app, "register", { input: newCredentials() }, from);
  expect(await tallyAtOnce(10, register)).toEqual({ ok: 3, RATE_LIMITED: 7 });
  const weak = { input: { ...newCredentials(), password: "password123" } };
  expect((await run(service.app, "register", weak, from)).code).toBe("RATE_LIMITED");
  expect((await run(service.app, "register", { input: newCredentials() }, place())).errors).toEqual(
    [],
  );
});

describe("mails", () => {
  const ask = (email: string, extras: object) =>
    run(service.app, "requestPasswordReset", { email }, extras);

  test("to one address: a stranger uses up none but their own", async () => {
    const { email } = await newMember(service.app, {}, place());
    const stranger = place();
    expect(await tallyAtOnce(10, () => ask(email, stranger))).toEqual({ ok: 2, RATE_LIMITED: 8 });
    expect((await ask(email, place())).errors).toEqual([]);
  });

  test("to many addresses are counted by the client", async () => {
    const from = place();
    expect(await tallyAtOnce(10, () => ask(newCredentials().email, from))).toEqual({
      ok: 4,
      RATE_LIMITED: 6,
    });
  });
});

describe("refresh tokens", () => {
  const refresh = (refreshToken: string, extras: object = {}) =>
    run(service.app, "refreshToken", { refreshToken }, extras);

  test("that are not ours count by the client, and hold up no genuine one beside them", async () => {
    const from = place();
    const { auth } = await newMember(service.app, {}, from);
    expect(await tallyAtOnce(20, () => refresh(`gate_${"A".repeat(91)}`, from))).toEqual({
      INVALID_REFRESH_TOKEN: 5,
      RATE_LIMITED: 15,
    });
    expect((await refresh(refreshTokenOf(auth), from)).errors).toEqual([]);
  });

  test("rotate as often as anybody honest wants, and then wait; the session lives on", async () => {
    const { auth } = await newMember(service.app, {}, place());
    let token = refreshTokenOf(auth);
    const counts = await tallyOf(22, async () => {
      const answer = await refresh(token);
      token = answer.data?.refreshToken?.refreshToken ?? token;
      return answer;
    });
    expect(counts).toEqual({ ok: 20, RATE_LIMITED: 2 });
    const { rows } = await service.pool.query("SELECT ended_at FROM sessions WHERE id = $1", [
      auth.session.id,
    ]);
    expect(rows).toEqual([{ ended_at: null }]);
  });

  test("are replayed so often, each session by itself", async () => {
    const [one, other] = [
      await newMember(service.app, {}, place()),
      await newMember(service.app, {}, place()),
    ];
    await refresh(refreshTokenOf(one.auth));
    const replay = () => refresh(refreshTokenOf(one.auth));
    expect(await tallyAtOnce(12, replay)).toEqual({ ok: 6, RATE_LIMITED: 6 });
    expect((await refresh(refreshTokenOf(other.auth))).errors).toEqual([]);
  });

  test("cost one statement with all limits on", async () => {
    const { auth } = await newMember(service.app, {}, place());
    const { pool } = service;
    const query = pool.query;
    const asked: unknown[] = [];
    pool.query = ((...request: unknown[]) => {
      const text = String((request[0] as { text?: string }).text ?? request[0]);
      if (/sessions|users|rate_limits/.test(text)) asked.push(request[0]);
      return query.apply(pool, request as never);
    }) as never;
    const { errors } = await refresh(refreshTokenOf(auth));
    pool.query = query;
    expect(errors).toEqual([]);
    expect(asked).toEqual([expect.objectContaining({ name: "rotate-sessions" })]);
  });
});

test("with RATE_LIMITS=off nothing is counted", async () => {
  const off = await startTestApp({ RATE_LIMITS: "off" });
  const { email } = await newMember(off.app);
  const input = { email, password: "a wrong one" };
  expect(await tallyAtOnce(60, () => run(off.app, "login", { input }))).toEqual({
    INVALID_CREDENTIALS: 60,
  });
  const { rows } = await off.pool.query("SELECT FROM rate_limits");
  expect(rows).toHaveLength(0);
  await off.close();
});
