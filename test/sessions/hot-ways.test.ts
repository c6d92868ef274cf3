import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import type { PoolClient } from "pg";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Answer, run } from "../support/client.js";
import { newMember, newRetryKey, refreshTokenOf } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

/** What runs beside requests on the same pool: the feed's heartbeat and the mail worker. */
const isBackground = (text: string) => /pg_notify|\bmails\b/.test(text);

/** The statements that a request sends; a transaction shows as "BEGIN …". */
async function statements(request: () => Promise<Answer>): Promise<string[]> {
  const query = jest.spyOn(service.pool, "query");
  const transactions: string[] = [];
  const connect = service.pool.connect.bind(service.pool);
  const connected = jest.spyOn(service.pool, "connect");
  connected.mockImplementation(((callback?: never) => {
    // pool.query connects with a callback; who holds a connection for a transaction awaits it.
    const isHeartbeat = new Error().stack?.includes("heartbeat.ts") === true;
    if (callback === undefined && !isHeartbeat) transactions.push("BEGIN …");
    return connect(callback as never);
  }) as never);
  await request();
  const texts = query.mock.calls.map(([statement]) =>
    typeof statement === "string" ? statement : (statement as unknown as { text: string }).text,
  );
  query.mockRestore();
  connected.mockRestore();
  return [...texts.filter((text) => !isBackground(text)), ...transactions];
}

test("a refresh is one statement", async () => {
  const { auth } = await newMember(service.app);
  const variables = { refreshToken: auth.refreshToken, retryKey: newRetryKey() };
  const sent = await statements(() => run(service.app, "refreshToken", variables));
  expect(sent).toEqual([expect.stringContaining("UPDATE sessions s SET")]);
});

test("me and mySessions are one statement each, and the bearer check is none", async () => {
  const { signedIn } = await newMember(service.app);
  const me = await statements(() => run(service.app, "me", {}, signedIn));
  expect(me).toEqual([expect.stringContaining("FROM users u WHERE u.id = $1")]);
  const mySessions = await statements(() => run(service.app, "mySessions", {}, signedIn));
  expect(mySessions).toEqual([expect.stringContaining("FROM sessions s WHERE s.user_id = $1")]);
});

test("a forged refresh token is no statement", async () => {
  const refreshToken = `gate_${"A".repeat(82)}`;
  expect(await statements(() => run(service.app, "refreshToken", { refreshToken }))).toEqual([]);
});

/** Does something on every connection of the pool. */
async function onAllConnections<T>(work: (client: PoolClient) => Promise<T>): Promise<T[]> {
  const size = service.config.databasePool;
  const clients = await Promise.all(Array.from({ length: size }, () => service.pool.connect()));
  const results = await Promise.all(clients.map(work));
  for (const client of clients) client.release();
  return results;
}

test("the rotation's setting holds for its statement alone, on no connection of the pool longer", async () => {
  const { auth } = await newMember(service.app);
  await onAllConnections((client) => client.query("SET synchronous_commit = local"));
  const variables = { refreshToken: auth.refreshToken };
  await Promise.all(Array.from({ length: 30 }, () => run(service.app, "refreshToken", variables)));
  const shown = await onAllConnections((client) => client.query("SHOW synchronous_commit"));
  for (const { rows } of shown) expect(rows).toEqual([{ synchronous_commit: "local" }]);
});

test("refreshes update in place: no index grows (HOT share of at least 99 %)", async () => {
  const refreshes = 300;
  const { auth } = await newMember(service.app);
  let token = refreshTokenOf(auth);
  const read = async () => {
    const { rows } = await service.pool.query(
      `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot
       FROM pg_stat_user_tables WHERE relname = 'sessions'`,
    );
    return rows[0] as { updates: number; hot: number };
  };
  await sleep(1200);
  const before = await read();
  for (let i = 0; i < refreshes; i++) {
    const { data } = await run(service.app, "refreshToken", { refreshToken: token });
    token = data.refreshToken.refreshToken;
  }
  let after = await read();
  // PostgreSQL's backends report what they did about once a second.
  for (let tries = 0; tries < 20 && after.updates - before.updates < refreshes; tries++) {
    await sleep(500);
    after = await read();
  }
  expect(after.updates - before.updates).toBeGreaterThanOrEqual(refreshes);
  const share = (after.hot - before.hot) / (after.updates - before.updates);
  expect(share).toBeGreaterThanOrEqual(0.99);
});
