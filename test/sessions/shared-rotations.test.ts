import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { keyRing } from "../../src/secrets.js";
import { createRefreshTokens, type RefreshTokens } from "../../src/sessions/refresh-token.js";
import { type Rotation, rotateTogether } from "../../src/sessions/rotate.js";
import { type SharedRotations, shareRotations } from "../../src/sessions/shared-rotations.js";
import { TokenTransport } from "../../src/sessions/token-transport.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { run } from "../support/client.js";
import { recordSecret } from "../support/issued-secrets.js";
import { newMember, newRetryKey } from "../support/personas.js";

let service: TestApp;
let tokens: RefreshTokens;
let rotations: SharedRotations;
let member: Awaited<ReturnType<typeof newMember>>;
let userId: string;
beforeAll(async () => {
  service = await startTestApp({ SESSIONS_PER_USER: "1000" });
  tokens = createRefreshTokens(keyRing(service.config.authSecrets, "refreshTokenMac"));
  rotations = shareRotations(service.pool, service.config);
  member = await newMember(service.app);
  userId = member.auth.user.id;
});
afterAll(() => service.close());

async function newSessions(count: number): Promise<string[]> {
  const { rows } = await service.pool.query<{ id: string }>(
    `INSERT INTO sessions (id, user_id, transport, device, created_at, last_used_at, expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), $1, 'BODY', 'test', now(), now(), now() + interval '1 d', now() + interval '2 d'
     FROM generate_series(1, $2) RETURNING id`,
    [userId, count],
  );
  return rows.map(({ id }) => id);
}

const rotationOf = (sessionId: string, changes: Partial<Rotation> = {}): Rotation => ({
  sessionId,
  from: 0,
  generation: 0,
  transport: TokenTransport.BODY,
  retryKeyHash: null,
  ip: "192.0.2.1",
  ...changes,
});

async function rowsOf(ids: readonly string[]) {
  const { rows } = await service.pool.query<{ generation: number; retryKeyHash: Buffer | null }>(
    `SELECT generation::int, retry_key_hash AS "retryKeyHash"
     FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, nth) JOIN sessions USING (id) ORDER BY nth`,
    [ids],
  );
  return rows;
}

const generationsOf = async (ids: readonly string[]) =>
  (await rowsOf(ids)).map(({ generation }) => generation);

const retryKeyHashesOf = async (ids: readonly string[]) =>
  (await rowsOf(ids)).map(({ retryKeyHash }) => retryKeyHash);

/** The names of the statements that rotate; heartbeats and mails go the same way. */
const rotationsAmong = (calls: readonly unknown[][]): string[] =>
  calls
    .map(([config]) => (config as { name?: string } | null)?.name ?? "")
    .filter((name) => name.startsWith("rotate-session"));

/** The names of the statements that rotated. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = jest.spyOn(service.pool, "query");
  await work();
  const names = rotationsAmong(query.mock.calls);
  query.mockRestore();
  return names;
}

const refresh = (sessionId: string, generation = 0, retryKey = newRetryKey()) => {
  const refreshToken = tokens.issue({ sessionId, generation });
  recordSecret(refreshToken);
  return run(service.app, "refreshToken", { refreshToken, retryKey });
};

test("rotations that arrive together share statements, and each gets its own row", async () => {
  const ids = await newSessions(40);
  const wanted = ids.map((id, i) =>
    rotationOf(id, { ip: `192.0.2.${i}`, retryKeyHash: Buffer.alloc(32, i) }),
  );
  const names = await statementsOf(async () => {
    const rows = await Promise.all(wanted.map((rotation) => rotations.rotate(rotation)));
    rows.forEach((row, i) => {
      expect(row).toMatchObject({ id: ids[i], lastUsedByIp: `192.0.2.${i}`, generation: "1" });
    });
  });
  expect(await retryKeyHashesOf(ids)).toEqual(ids.map((_, i) => Buffer.alloc(32, i)));
  // The first, and one for all that waited for it.
  expect(names).toEqual(["rotate-sessions", "rotate-sessions"]);
  expect(await generationsOf(ids)).toEqual(ids.map(() => 1));
});

test("rows are found by their keys, also where the database knows no statistics of the table yet", async () => {
  const ids = await newSessions(3000);
  const client = await service.pool.connect();
  const scans = async () => {
    const { rows } = await client.query<{ whole: number; byKey: number }>(
      `SELECT seq_scan::int AS whole, idx_scan::int AS "byKey" FROM pg_stat_xact_user_tables
       WHERE relname = 'sessions'`,
    );
    return rows[0] ?? { whole: 0, byKey: 0 };
  };
  await client.query("BEGIN");
  const before = await scans();
  const asked = ids.slice(0, 20).map((id) => rotationOf(id));
  const rotated = await rotateTogether(client, service.config, asked);
  expect([...rotated.values()].filter(Boolean)).toHaveLength(20);
  const after = await scans();
  await client.query("ROLLBACK");
  client.release();
  expect(after.whole - before.whole).toBe(0);
  expect(after.byKey - before.byKey).toBeGreaterThan(0);
});

test("whoever is not as expected fails nobody else of the statement", async () => {
  const ids = await newSessions(10);
  await service.pool.query("UPDATE sessions SET ended_at = now() WHERE id = $1", [ids[5]]);
  const changes: Record<number, Partial<Rotation>> = {
    3: { from: 7, generation: 7 },
    4: { transport: TokenTransport.COOKIE },
    // No column takes it: the statement fails as a whole.
    6: { ip: "x".repeat(200) },
  };
  const results = await Promise.allSettled(
    ids.map((id, i) => rotations.rotate(rotationOf(id, changes[i]))),
  );
  const outcomes = results.map((result) =>
    result.status === "rejected" ? "rejected" : result.value === undefined ? "none" : "row",
  );
  expect(outcomes).toEqual([
    ...["row", "row", "row", "none", "none"],
    ...["none", "rejected", "row", "row", "row"],
  ]);
  expect(await generationsOf(ids)).toEqual([1, 1, 1, 0, 0, 0, 0, 1, 1, 1]);
});

test("a conflict that is one session's own fails nobody else of the statement, however many they are", async () => {
  const ids = await newSessions(250);
  const [, , , victim = ""] = ids;
  await service.pool.query(`
    CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE serialization_failure; END $$;
    CREATE TRIGGER conflict BEFORE UPDATE ON sessions FOR EACH ROW
      WHEN (OLD.id = '${victim}') EXECUTE FUNCTION conflict()`);
  const keys = ids.map(() => newRetryKey());
  const refreshAll = () => Promise.all(ids.map((id, i) => refresh(id, 0, keys[i])));
  const codes = (await refreshAll()).map(({ code }) => code);
  await service.pool.query("DROP FUNCTION conflict CASCADE");
  expect(codes).toEqual(ids.map((id) => (id === victim ? "OVERLOADED" : undefined)));
  const again = await refreshAll();
  expect(again.map(({ data }) => data.refreshToken.session.rotations)).toEqual(ids.map(() => 1));
});

test("a statement that failed is OVERLOADED for each, and the same again succeeds: nothing is lost", async () => {
  const ids = await newSessions(12);
  const keys = ids.map(() => newRetryKey());
  const refreshAll = () => Promise.all(ids.map((id, i) => refresh(id, 0, keys[i])));
  const lost = Object.assign(new Error("connection lost"), { code: "ECONNRESET" });
  const query = jest.spyOn(service.pool, "query");
  query.mockImplementation((async () => Promise.reject(lost)) as never);
  const failed = await refreshAll();
  query.mockRestore();
  expect(failed.map(({ code }) => code)).toEqual(ids.map(() => "OVERLOADED"));
  const again = await refreshAll();
  expect(again.map(({ data }) => data.refreshToken.session.rotations)).toEqual(ids.map(() => 1));
});

/** A connection that says nothing for a while, and is then found to be lost. */
const silence = async () => {
  await sleep(600);
  throw Object.assign(new Error("connection lost"), { code: "ECONNRESET" });
};

test("one silent connection holds up no other session", async () => {
  const ids = await newSessions(3);
  const query = jest.spyOn(service.pool, "query");
  query.mockImplementationOnce(silence as never);
  const lost = rotations.rotate(rotationOf(ids[0] ?? ""));
  const begun = performance.now();
  const rows = await Promise.all(ids.slice(1).map((id) => rotations.rotate(rotationOf(id))));
  expect(rows.map((row) => row?.generation)).toEqual(["1", "1"]);
  expect(performance.now() - begun).toBeLessThan(500);
  await expect(lost).rejects.toThrow("connection lost");
  query.mockRestore();
});

test("who has waited through a silence of the database is told so, not put into the next one", async () => {
  const ids = await newSessions(6);
  const query = jest.spyOn(service.pool, "query");
  query.mockImplementation(silence as never);
  const results = await Promise.allSettled(
    ids.map(async (id, i) => {
      await sleep(60 * Math.floor(i / 2));
      return rotations.rotate(rotationOf(id));
    }),
  );
  const asked = rotationsAmong(query.mock.calls);
  query.mockRestore();
  expect(asked).toEqual(Array(3).fill("rotate-sessions"));
  expect(results.map(({ status }) => status)).toEqual(ids.map(() => "rejected"));
  for (const result of results.slice(3))
    expect(result).toMatchObject({ reason: { code: "OVERLOADED" } });
});

test("a slow database is asked by few statements, and fails nobody", async () => {
  const ids = await newSessions(60);
  const { query } = service.pool;
  let [underWay, most] = [0, 0];
  const spy = jest.spyOn(service.pool, "query");
  spy.mockImplementation((async (...args: unknown[]) => {
    if (rotationsAmong([args]).length === 0) return Reflect.apply(query, service.pool, args);
    most = Math.max(most, ++underWay);
    await sleep(300);
    return Promise.resolve(Reflect.apply(query, service.pool, args)).finally(() => underWay--);
  }) as never);
  const rows = await Promise.all(
    ids.map(async (id, i) => {
      await sleep(20 * i);
      return rotations.rotate(rotationOf(id));
    }),
  );
  spy.mockRestore();
  expect(rows.map((row) => row?.generation)).toEqual(ids.map(() => "1"));
  expect(most).toBe(3);
});

test("an answer that was lost for all of a statement is given again to each", async () => {
  const ids = await newSessions(12);
  const keys = ids.map(() => newRetryKey());
  const refreshAll = () => Promise.all(ids.map((id, i) => refresh(id, 0, keys[i])));
  const first = await refreshAll();
  const again = await refreshAll();
  again.forEach(({ data }, i) => {
    expect(data.refreshToken.refreshToken).toBe(first[i]?.data.refreshToken.refreshToken);
  });
  expect(await generationsOf(ids)).toEqual(ids.map(() => 1));
});

test("of many requests for one session in one instant exactly one rotates", async () => {
  const ids = await newSessions(20);
  const [contested = ""] = ids;
  const [answers] = await Promise.all([
    Promise.all(Array.from({ length: 10 }, () => refresh(contested))),
    ...ids.slice(1).map((id) => refresh(id)),
  ]);
  const outcomes = answers.map(({ data, code }) => code ?? data.refreshToken.session.rotations);
  expect(outcomes.filter((outcome) => outcome === 1)).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === "OVERLOADED")).toHaveLength(9);
  expect(await generationsOf(ids)).toEqual(ids.map(() => 1));
});

test("sessions that somebody holds wait, and leave room in the pool: the others are answered meanwhile", async () => {
  const ids = await newSessions(60);
  const held = ids.slice(0, 40);
  const holder = await service.pool.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT 1 FROM sessions WHERE id = ANY ($1) FOR UPDATE", [held]);
  const begun = performance.now();
  const waits = held.map(async (id) => {
    const { code } = await refresh(id);
    return { code: code ?? "ok", took: performance.now() - begun };
  });
  for (const id of ids.slice(40)) {
    const asked = performance.now();
    expect((await refresh(id)).code).toBeUndefined();
    await run(service.app, "me", {}, member.signedIn);
    expect(performance.now() - asked).toBeLessThan(500);
  }
  await sleep(600 - (performance.now() - begun));
  await holder.query("COMMIT");
  holder.release();
  const outcomes = await Promise.all(waits);
  // A third of the pool waits for the lock, in time; the rest is told to come again.
  expect(outcomes.filter(({ code }) => code === "ok")).toHaveLength(3);
  expect(outcomes.filter(({ code }) => code === "OVERLOADED")).toHaveLength(37);
  for (const { took } of outcomes) expect(took).toBeLessThan(3000);
});

test("sessions that somebody holds keep no answer that was lost, and no thief, waiting", async () => {
  const [held, lost, stolen] = [await newSessions(3), await newSessions(10), await newSessions(10)];
  const keys = lost.map(() => newRetryKey());
  const askAgain = () => Promise.all(lost.map((id, i) => refresh(id, 0, keys[i])));
  await askAgain();
  await service.pool.query(
    "UPDATE sessions SET generation = 9, rotated_at = '{}' WHERE id = ANY ($1)",
    [stolen],
  );
  const holder = await service.pool.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT 1 FROM sessions WHERE id = ANY ($1) FOR UPDATE", [held]);
  const waits = Promise.all(held.map((id) => refresh(id)));
  await sleep(50);
  const replayed = await askAgain();
  const reused = await Promise.all(stolen.map((id) => refresh(id, 1)));
  await holder.query("COMMIT");
  holder.release();
  expect((await waits).map(({ code }) => code)).toEqual(held.map(() => undefined));
  expect(replayed.map(({ code }) => code)).toEqual(lost.map(() => undefined));
  expect(reused.map(({ code }) => code)).toEqual(stolen.map(() => "INVALID_REFRESH_TOKEN"));
});

test("who has waited for long is not put to wait for a lock as well", async () => {
  const ids = await newSessions(12);
  const [holder, ...others] = await Promise.all(
    Array.from({ length: 10 }, () => service.pool.connect()),
  );
  await holder?.query("BEGIN");
  await holder?.query("SELECT 1 FROM sessions WHERE id = ANY ($1) FOR UPDATE", [ids]);
  const begun = performance.now();
  const answers = Promise.all(ids.map((id) => refresh(id)));
  await sleep(1500);
  for (const client of others) client.release();
  expect((await answers).map(({ code }) => code)).toEqual(ids.map(() => "OVERLOADED"));
  expect(performance.now() - begun).toBeLessThan(3000);
  await holder?.query("COMMIT");
  holder?.release();
});

test("the database sees fewer transactions than refreshes that arrive together", async () => {
  const ids = await newSessions(200);
  const answers = await Promise.all(ids.map((id) => refresh(id)));
  expect(answers.filter(({ code }) => code !== undefined)).toEqual([]);
  expect(await generationsOf(ids)).toEqual(ids.map(() => 1));
  // Each row names the transaction that wrote it.
  const { rows } = await service.pool.query(
    "SELECT count(DISTINCT xmin::text)::int AS transactions FROM sessions WHERE id = ANY ($1)",
    [ids],
  );
  expect(rows[0].transactions).toBeLessThan(ids.length / 2);
});
