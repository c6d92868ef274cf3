import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { keyRing } from "../../src/secrets.js";
import { createRefreshTokens, type RefreshTokens } from "../../src/sessions/refresh-token.js";
import { hashRetryKeys, type RetryKeys } from "../../src/sessions/retry-key.js";
import { decideRotation, type RotationState } from "../../src/sessions/rotation.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { run } from "../support/client.js";
import { type MemberPersona, newMember, newRetryKey, signInAgain } from "../support/personas.js";
import { defaultWindows } from "./rotation-model/server.js";
import { applyRotation } from "./rotation-model/server-row.js";

let service: TestApp;
let member: MemberPersona;
let tokens: RefreshTokens;
beforeAll(async () => {
  service = await startTestApp({ SESSIONS_PER_USER: "1000" });
  member = await newMember(service.app);
  tokens = createRefreshTokens(keyRing(service.config.authSecrets, "refreshTokenMac"));
});
afterAll(() => service.close());

async function readRow(sessionId: string): Promise<RotationState & { now: Date }> {
  const { rows } = await service.pool.query(
    `SELECT generation::int, rotated_at AS "rotatedAt", retry_key_hash AS "retryKeyHash", transport,
       expires_at AS "expiresAt", absolute_expires_at AS "absoluteExpiresAt", ended_at AS "endedAt",
       clock_timestamp() AS now
     FROM sessions WHERE id = $1`,
    [sessionId],
  );
  return rows[0];
}

/** As if everything had happened that much earlier. */
const age = (sessionId: string, seconds: number) =>
  service.pool.query(
    `UPDATE sessions SET absolute_expires_at = absolute_expires_at - $2 * interval '1 second',
       expires_at = expires_at - $2 * interval '1 second', rotated_at =
       ARRAY(SELECT t - $2 * interval '1 second' FROM unnest(rotated_at) WITH ORDINALITY AS r(t, i) ORDER BY i)
     WHERE id = $1`,
    [sessionId, seconds],
  );

async function newSession(lifetimeDays: number): Promise<string> {
  const { session } = await signInAgain(service.app, member);
  await service.pool.query(
    `UPDATE sessions SET absolute_expires_at = created_at + $2 * interval '1 day',
       expires_at = least(expires_at, created_at + $2 * interval '1 day') WHERE id = $1`,
    [session.id, lifetimeDays],
  );
  return session.id;
}

const outcomes = {
  rotate: "token",
  jump: "token",
  replay: "token",
  late: "OVERLOADED",
  reuse: "INVALID_REFRESH_TOKEN",
  refuse: "INVALID_REFRESH_TOKEN",
} as const;

const seen = new Set<string>();

interface Request {
  /** Relative to the row's generation. */
  ahead: number;
  ageSeconds: number;
  keys: RetryKeys;
}

/** One request through the front door, compared with what decision and model make of the row. */
async function compare(sessionId: string, { ahead, ageSeconds, keys }: Request): Promise<void> {
  await age(sessionId, ageSeconds);
  const { now, ...before } = await readRow(sessionId);
  const generation = Math.max(0, before.generation + ahead);
  const presented = { generation, transport: "BODY", ...hashRetryKeys(sessionId, keys) };
  const { kind } = decideRotation(before, presented, now, defaultWindows);
  seen.add(kind);

  const refreshToken = tokens.issue({ sessionId, generation });
  const { data, code } = await run(service.app, "refreshToken", { refreshToken, ...keys });
  const { now: _, ...after } = await readRow(sessionId);
  expect(code ?? "token").toBe(outcomes[kind]);
  if (data?.refreshToken) expect(data.refreshToken.session.rotations).toBe(after.generation);

  const expected =
    kind === "rotate" || kind === "jump"
      ? applyRotation(before, presented, after.rotatedAt[0] ?? now)
      : { ...before, endedAt: kind === "reuse" ? expect.any(Date) : before.endedAt };
  const { expiresAt, ...rest } = after;
  expect(rest).toEqual({ ...expected, expiresAt: undefined });
  expect(Math.abs(expiresAt.getTime() - expected.expiresAt.getTime())).toBeLessThan(100);
}

test("the UPDATE of a refresh produces the row of the model, for any sequence of requests", async () => {
  const known = ["first", "second"].map(newRetryKey);
  const key = fc.constantFrom(undefined, ...known);
  const request: fc.Arbitrary<Request> = fc.record({
    ahead: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.constant(-1) },
      { weight: 2, arbitrary: fc.integer({ min: -12, max: 3 }) },
      fc.constantFrom(9, 10_000, 10_001),
    ),
    ageSeconds: fc.constantFrom(0, 0, 0, 0, 5, 11, 61, 86_400),
    keys: fc.record({ retryKey: key, previousRetryKey: key }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(2, 180),
      fc.array(request, { minLength: 6, maxLength: 14 }),
      async (lifetimeDays, requests) => {
        const sessionId = await newSession(lifetimeDays);
        for (const each of requests) await compare(sessionId, each);
      },
    ),
    { numRuns: 40 },
  );
  expect([...seen].sort()).toEqual(Object.keys(outcomes).sort());
}, 60_000);

/** When a refresh counts that had to wait for the row, in milliseconds from when it got it. */
async function rotatedAfterWaiting(sessionId: string, release: "COMMIT" | "ROLLBACK") {
  const client = await service.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("UPDATE sessions SET device = 'other' WHERE id = $1", [sessionId]);
    const refreshToken = tokens.issue({ sessionId, generation: 0 });
    const waiting = run(service.app, "refreshToken", { refreshToken });
    await sleep(150);
    const { rows } = await client.query("SELECT clock_timestamp() AS now");
    await client.query(release);
    expect((await waiting).data.refreshToken.session.rotations).toBe(1);
    const { rotatedAt } = await readRow(sessionId);
    return Number(rotatedAt[0]) - Number(rows[0].now);
  } finally {
    client.release();
  }
}

test("lock wait: a rotation counts from after it waited for another write", async () => {
  expect(await rotatedAfterWaiting(await newSession(180), "COMMIT")).toBeGreaterThanOrEqual(0);
});

test("lock wait: where nothing was written, from before it, at most a lock timeout of 2 s", async () => {
  const { rows } = await service.pool.query("SHOW lock_timeout");
  expect(rows[0]).toEqual({ lock_timeout: "2s" });
  expect(await rotatedAfterWaiting(await newSession(180), "ROLLBACK")).toBeGreaterThan(-2000);
});
