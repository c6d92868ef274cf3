import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { Client, type PoolClient } from "pg";
import { testSettings } from "../support/app.js";
import { type Ask, askApp } from "../support/ask.js";
import { checkFaultDidNoHarm, sessionRecords } from "../support/check-journal.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { type HonestClient, honestClient, type JournalEntry } from "../support/honest-client.js";
import { newMember, newRetryKey, signInAgain } from "../support/personas.js";
import { type Replica, startReplica } from "../support/replica.js";

let database: TestDatabase;
let replica: Replica;
let ask: Ask;
let journal: JournalEntry[];

beforeAll(async () => {
  database = await createTestDatabase();
  replica = await startReplica({ url: database.url, settings: testSettings(), poolSize: 4 });
  ask = askApp(replica.app);
});
beforeEach(() => {
  journal = [];
});
afterAll(async () => {
  await replica.close();
  await database.close();
});

const read = () => database.dataSource.query(sessionRecords);
const check = (...clients: HonestClient[]) => checkFaultDidNoHarm({ clients, journal, ask, read });

async function signIn(): Promise<HonestClient> {
  const { auth } = await newMember(replica.app);
  return honestClient(ask, auth, journal);
}

/** A connection of somebody else. */
async function withStranger<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  return work(client).finally(() => client.end());
}

const milliseconds = async (work: () => Promise<unknown>) => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

const health = async (path: string) => (await replica.app.inject(path)).statusCode;

test("a locked session is told to come again in time, and nobody else waits", async () => {
  const [locked, other] = [await signIn(), await signIn()];
  await withStranger(async (stranger) => {
    await stranger.query("BEGIN");
    await stranger.query("SELECT FROM sessions WHERE id = $1 FOR UPDATE", [locked.sessionId]);
    const refused = milliseconds(async () => {
      expect((await locked.refresh()).outcome).toBe("OVERLOADED");
    });
    for (let i = 0; i < 5; i++)
      expect(
        await milliseconds(async () => expect((await other.refresh()).outcome).toBe("ok")),
      ).toBeLessThan(1000);
    expect(await refused).toBeLessThan(3000);
    await stranger.query("ROLLBACK");
  });
  await check(locked, other);
});

test("an exhausted pool answers busy in time, and works at once when it is released", async () => {
  const client = await signIn();
  const taken: PoolClient[] = [];
  for (let i = 0; i < 4; i++) taken.push(await replica.pool.connect());
  const waited = await milliseconds(async () => {
    const replies = await Promise.all([
      client.refresh(),
      ask("mySessions", {}, client.accessToken),
    ]);
    expect(replies.map(({ outcome }) => outcome)).toEqual(["OVERLOADED", "OVERLOADED"]);
  });
  expect(waited).toBeLessThan(3000);
  expect(await health("/health/live")).toBe(200);
  expect(await health("/health/ready")).toBe(503);
  for (const each of taken) each.release();
  expect(await milliseconds(() => client.refreshAtLast())).toBeLessThan(1000);
  expect(await health("/health/ready")).toBe(200);
  expect(replica.pool.totalCount).toBeLessThanOrEqual(4);
  expect(replica.pool.waitingCount).toBe(0);
  await check(client);
});

/** For every connection from now on, the pool's too. */
async function setForAll(assignment: string): Promise<void> {
  const name = new URL(database.url).pathname.slice(1);
  await withStranger(async (stranger) => {
    await stranger.query("SET default_transaction_read_only = off");
    await stranger.query(`ALTER DATABASE "${name}" ${assignment}`);
    await stranger.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'gatehouse'`,
    );
  });
}

test("a read-only database refuses, and the tokens are good when it can be written again", async () => {
  const client = await signIn();
  await setForAll("SET default_transaction_read_only = on");
  for (let i = 0; i < 3; i++) expect((await client.refresh()).outcome).toBe("OVERLOADED");
  const revoked = await ask("revokeSession", { id: client.sessionId }, client.accessToken);
  expect(revoked.outcome).toBe("OVERLOADED");
  await setForAll("RESET default_transaction_read_only");
  await check(client);
});

test("refreshes that collide under serializable isolation come again, and one of them counts", async () => {
  await setForAll("SET default_transaction_isolation = 'serializable'");
  const { auth } = await newMember(replica.app);
  let { refreshToken } = auth;
  for (let generation = 1; generation <= 5; generation++) {
    const variables = { refreshToken, retryKey: newRetryKey() };
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => ask("refreshToken", variables)),
    );
    replies.push(await ask("refreshToken", variables));
    const outcomes = replies.map(({ outcome }) => outcome);
    expect(outcomes.filter((each) => each !== "ok" && each !== "OVERLOADED")).toEqual([]);
    const tokens = new Set(replies.flatMap(({ data }) => data?.refreshToken?.refreshToken ?? []));
    expect(tokens.size).toBe(1);
    [refreshToken = null] = tokens;
    const row = (await read()).find(({ id }: { id: string }) => id === auth.session.id);
    expect(row).toMatchObject({ generation: String(generation), ended: false });
  }
  await setForAll("RESET default_transaction_isolation");
});

test("a deadlock is somebody's to come again, and nothing is half done", async () => {
  const member = await newMember(replica.app);
  const others = [await signInAgain(replica.app, member), await signInAgain(replica.app, member)];
  const ids = others.map(({ session }) => session.id).sort();
  await withStranger(async (stranger) => {
    const lock = (id: string | undefined) =>
      stranger.query("SELECT FROM sessions WHERE id = $1 FOR UPDATE", [id]);
    await stranger.query("BEGIN");
    await lock(ids[1]);
    const revoking = ask("revokeOtherSessions", {}, member.auth.accessToken);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const crossing = lock(ids[0]).then(
      () => "locked",
      ({ code }) => code,
    );
    const { outcome } = await revoking;
    expect([outcome, await crossing]).toEqual(["OVERLOADED", "locked"]);
    await stranger.query("ROLLBACK");
  });
  const again = await ask("revokeOtherSessions", {}, member.auth.accessToken);
  expect(again.data.revokeOtherSessions.map(({ id }: { id: string }) => id).sort()).toEqual(ids);
});
