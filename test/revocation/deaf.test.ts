import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { pino } from "pino";
import { openRevocation } from "../../src/revocation/index.js";
import { createSessionEvents } from "../../src/session-events/session-events.js";
import { testSettings } from "../support/app.js";
import { bearer, type Extras, run } from "../support/client.js";
import { systemClock } from "../support/clock.js";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../support/database.js";
import { type MemberPersona, newMember, refreshTokenOf } from "../support/personas.js";
import { type Replica, startReplica } from "../support/replica.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

/** A silent cut is noticed within this. */
const noticedWithinMilliseconds = 3000;

const settings = testSettings();
let database: TestDatabase;
/** Between `cut` and the database: of its listener, of its pool. */
let toListener: TcpProxy;
let toPool: TcpProxy;
/** Revokes; always connected. */
let well: Replica;
/** Loses its connections. */
let cut: Replica;

beforeAll(async () => {
  database = await createTestDatabase();
  toListener = await startTcpProxy(database.url);
  toPool = await startTcpProxy(database.url);
  well = await startReplica({ url: database.url, settings, poolSize: 4 });
  cut = await startReplica({
    url: toPool.url,
    settings: { ...settings, DATABASE_LISTEN_URL: toListener.url },
    poolSize: 4,
  });
});
afterAll(async () => {
  await Promise.all([well.close(), cut.close()]);
  await Promise.all([toListener.close(), toPool.close(), database.close()]);
});

const metric = async ({ app }: Replica, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)$`, "m").exec((await app.inject("/metrics")).body)?.[1]);

const isHearing = async () => (await metric(cut, "gatehouse_feed_hearing")) === 1;

beforeEach(async () => {
  toListener.mend();
  toPool.mend();
  await until(isHearing, 10_000);
});

const attempt = async ({ app }: Replica, signedIn: Extras) => {
  const { code, errors } = await run(app, "mySessions", {}, signedIn);
  return errors[0]?.extensions.reason ?? code ?? "let in";
};

const revoke = async ({ auth, signedIn }: MemberPersona) => {
  const { code } = await run(well.app, "revokeSession", { id: auth.session.id }, signedIn);
  expect(code).toBeUndefined();
};

/** Ends the listener's connection on the server's side. */
const terminateListeners = () =>
  database.dataSource.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'gatehouse listener' AND datname = current_database()`,
  );

describe("while it hears", () => {
  test("a bearer check asks no database", async () => {
    const { signedIn } = await newMember(well.app);
    await attempt(cut, signedIn);
    const asked = await metric(cut, "gatehouse_bearer_checks_asked_total");
    const query = jest.spyOn(cut.pool, "query");
    for (let i = 0; i < 10; i++) expect(await attempt(cut, signedIn)).toBe("let in");
    const statements = query.mock.calls.map(([statement]) => JSON.stringify(statement));
    query.mockRestore();
    expect(statements.filter((text) => text.includes("FROM sessions s")).length).toBe(10);
    expect(statements.filter((text) => text.includes("read-standing"))).toEqual([]);
    expect(await metric(cut, "gatehouse_bearer_checks_asked_total")).toBe(asked);
  });
});

describe("no revoked token is accepted in any of it", () => {
  test("PostgreSQL ends the listener's connection, and no other can be had", async () => {
    const member = await newMember(well.app);
    toListener.shut();
    await terminateListeners();
    await until(async () => !(await isHearing()), noticedWithinMilliseconds);
    await revoke(member);
    for (let i = 0; i < 5; i++) expect(await attempt(cut, member.signedIn)).toBe("SESSION_ENDED");
  });

  test("PostgreSQL ends the listener's connection, and no end is missed while it connects anew", async () => {
    for (let round = 0; round < 10; round++) {
      const member = await newMember(well.app);
      expect(await attempt(cut, member.signedIn)).toBe("let in");
      await terminateListeners();
      await sleep(round * 10);
      await revoke(member);
      // It may hear again already, and what it hears takes its way through this same process.
      await until(async () => (await attempt(cut, member.signedIn)) === "SESSION_ENDED", 1000);
      for (let i = 0; i < 5; i++) expect(await attempt(cut, member.signedIn)).toBe("SESSION_ENDED");
    }
    await until(isHearing, 10_000);
  });

  test("the listener's connection is closed on the way and cannot be had again", async () => {
    const [member, honest] = [await newMember(well.app), await newMember(well.app)];
    toListener.cut();
    await until(async () => !(await isHearing()));
    await revoke(member);
    for (let i = 0; i < 5; i++) {
      expect(await attempt(cut, member.signedIn)).toBe("SESSION_ENDED");
      expect(await attempt(cut, honest.signedIn)).toBe("let in");
    }
    expect(await metric(cut, "gatehouse_bearer_checks_asked_total")).toBeGreaterThan(5);
    toListener.mend();
    await until(isHearing, 10_000);
    expect(await attempt(cut, member.signedIn)).toBe("SESSION_ENDED");
  });

  test("also a former role is found out by asking", async () => {
    const member = await newMember(well.app);
    toListener.cut();
    await until(async () => !(await isHearing()));
    const setRole = (role: string) =>
      database.dataSource.query("UPDATE users SET role = $1 WHERE id = $2", [
        role,
        member.auth.user.id,
      ]);
    await setRole("ADMIN");
    expect(await attempt(cut, member.signedIn)).toBe("EXPIRED");
    await setRole("USER");
    expect(await attempt(cut, member.signedIn)).toBe("let in");
  });
});

describe("a silent cut is noticed in time", () => {
  test("of the listener", async () => {
    const [member, honest] = [await newMember(well.app), await newMember(well.app)];
    const frozenAt = performance.now();
    toListener.freeze();
    await revoke(member);
    await until(async () => (await attempt(cut, member.signedIn)) === "SESSION_ENDED");
    expect(performance.now() - frozenAt).toBeLessThan(noticedWithinMilliseconds);
    expect(await attempt(cut, honest.signedIn)).toBe("let in");
  });

  test("of the pool and the listener: nobody is let in unseen, and everybody is answered", async () => {
    const member = await newMember(well.app);
    toListener.freeze();
    toPool.freeze();
    await until(async () => !(await isHearing()), noticedWithinMilliseconds);
    const asked = performance.now();
    expect(await attempt(cut, member.signedIn)).toBe("OVERLOADED");
    expect(performance.now() - asked).toBeLessThan(3000);
  });
});

test("what a fail-over has forgotten is ended again, and refused before that", async () => {
  const member = await newMember(well.app);
  await revoke(member);
  await until(async () => (await attempt(cut, member.signedIn)) === "SESSION_ENDED");
  toListener.cut();
  await until(async () => !(await isHearing()));
  // As a standby that never got the last writes.
  await database.dataSource.query(
    "UPDATE sessions SET ended_at = NULL, end_reason = NULL WHERE id = $1",
    [member.auth.session.id],
  );
  expect(await attempt(cut, member.signedIn)).toBe("SESSION_ENDED");
  const refreshToken = refreshTokenOf(member.auth);
  for (const replica of [well, cut])
    expect((await run(replica.app, "refreshToken", { refreshToken })).code).toBe(
      "INVALID_REFRESH_TOKEN",
    );
  toListener.mend();
  await until(isHearing, 10_000);
  const [row] = await database.dataSource.query(
    "SELECT ended_at IS NOT NULL AS over FROM sessions WHERE id = $1",
    [member.auth.session.id],
  );
  expect(row.over).toBe(true);
  expect(cut.logLines.some(({ event }) => event === "sessions_ended_again")).toBe(true);
});

test("a listener that is sent elsewhere stops the start, with the setting's name", async () => {
  const elsewhere = await createEmptyDatabase();
  const { runMigrations } = await import("../../src/database/migrate.js");
  await runMigrations({ url: elsewhere.url });
  const opening = openRevocation({
    config: { accessTokenTtlSeconds: 900 },
    url: elsewhere.url,
    pool: well.pool,
    clock: systemClock,
    events: createSessionEvents({ clock: systemClock }),
    log: pino({ level: "silent" }),
    firstBeatMilliseconds: 500,
  });
  await expect(opening).rejects.toThrow(/DATABASE_LISTEN_URL/);
});

test("bearer of nothing is nobody's business", async () => {
  toListener.cut();
  await until(async () => !(await isHearing()));
  expect(await attempt(cut, bearer("nonsense"))).toBe("INVALID");
  expect(await attempt(cut, {})).toBe("MISSING");
});
