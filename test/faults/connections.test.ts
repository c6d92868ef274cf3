import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { testSettings } from "../support/app.js";
import { type Ask, askApp } from "../support/ask.js";
import { checkFaultDidNoHarm, sessionRecords } from "../support/check-journal.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { type HonestClient, honestClient, type JournalEntry } from "../support/honest-client.js";
import { operations } from "../support/operations.js";
import { newMember, newRetryKey, refreshTokenOf } from "../support/personas.js";
import { listen } from "../support/raw-http.js";
import { type Replica, startReplica } from "../support/replica.js";
import { times } from "../support/scale.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

let database: TestDatabase;
let network: TcpProxy;
/** Two replicas; the first by way of `network`. */
let replicas: [Replica, Replica];
let asks: [Ask, Ask];

beforeAll(async () => {
  const settings = testSettings();
  database = await createTestDatabase();
  network = await startTcpProxy(database.url);
  const start = (url: string) => startReplica({ url, settings });
  replicas = [await start(network.url), await start(database.url)];
  asks = [askApp(replicas[0].app), askApp(replicas[1].app)];
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await Promise.all([network.close(), database.close()]);
});

const read = () => database.dataSource.query(sessionRecords);

async function signIn(journal: JournalEntry[]): Promise<HonestClient> {
  const { auth } = await newMember(replicas[1].app);
  return honestClient(asks[0], auth, journal);
}

const check = (clients: HonestClient[], journal: JournalEntry[]) =>
  checkFaultDidNoHarm({ clients, journal, ask: asks[1], read });

test.each([1, 2])(
  "of a hundred refreshes at once on %i replicas there is one successor, and no error",
  async (count) => {
    const { auth } = await newMember(replicas[1].app);
    const variables = { refreshToken: refreshTokenOf(auth), retryKey: newRetryKey() };
    const began = performance.now();
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (asks[i % count] as Ask)("refreshToken", variables)),
    );
    const ok = replies.filter(({ outcome }) => outcome === "ok");
    const tokens = new Set(ok.map(({ data }) => data.refreshToken.refreshToken));
    const others = replies.filter(({ outcome }) => outcome !== "ok" && outcome !== "OVERLOADED");
    expect([tokens.size, others]).toEqual([1, []]);
    expect(performance.now() - began).toBeLessThan(5000);
    const row = (await read()).find(({ id }: { id: string }) => id === auth.session.id);
    expect(row).toMatchObject({ generation: "1", ended: false });
  },
);

test("an answer of PostgreSQL that is lost after the commit costs nobody the session", async () => {
  const journal: JournalEntry[] = [];
  const client = await signIn(journal);
  for (let i = 0; i < times(5, 100); i++) {
    const lost = network.loseAnswerTo("rotate-session");
    const before = client.rotations;
    const { outcome } = await client.refresh();
    await lost;
    expect(outcome).toBe("OVERLOADED");
    await client.refreshAtLast();
    expect(client.rotations).toBe(before + 1);
  }
  await check([client], journal);
});

test("the answer lost on the way to the client is the one that it gets when it asks again", async () => {
  const journal: JournalEntry[] = [];
  const client = await signIn(journal);
  const { port } = await listen(replicas[0].app);
  const retryKey = newRetryKey();
  const body = JSON.stringify({
    query: operations.refreshToken,
    variables: { refreshToken: client.refreshToken, retryKey },
  });
  const socket = connect({ host: "127.0.0.1", port });
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    () => setImmediate(() => socket.destroy()),
  );
  const generation = async () =>
    (await read()).find(({ id }: { id: string }) => id === client.sessionId).generation;
  await until(async () => (await generation()) === "1");
  const again = await asks[1]("refreshToken", { refreshToken: client.refreshToken, retryKey });
  expect(again.outcome).toBe("ok");
  expect(again.data.refreshToken.session.rotations).toBe(1);
  expect(await generation()).toBe("1");
});

test("backends that are terminated in mid-rotation cost nobody the session", async () => {
  const journal: JournalEntry[] = [];
  const clients = await Promise.all(Array.from({ length: 8 }, () => signIn(journal)));
  let stop = false;
  const working = clients.map(async (client) => {
    while (!stop) await client.refreshAtLast();
  });
  const wanted = times(25, 500);
  for (let ended = 0; ended < wanted; ) {
    const [{ count }] = await database.dataSource.query(
      `SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))::int AS count FROM (
         SELECT pid FROM pg_stat_activity WHERE datname = current_database()
           AND application_name = 'gatehouse' AND pid <> pg_backend_pid()
           AND query LIKE '%synchronous_commit%' AND query LIKE '%generation%'
         ORDER BY state = 'active' DESC, random() LIMIT 2) victims`,
    );
    ended += count;
  }
  stop = true;
  await Promise.all(working);
  expect(journal.some(({ outcome }) => outcome === "OVERLOADED")).toBe(true);
  await check(clients, journal);
});

test("a revocation that races with refreshes leaves nothing alive", async () => {
  for (let i = 0; i < times(10, 200); i++) {
    const { auth, signedIn } = await newMember(replicas[1].app);
    const refreshed: Promise<string | undefined>[] = [];
    const refreshOn = (ask: Ask) =>
      ask("refreshToken", { refreshToken: refreshTokenOf(auth), retryKey: newRetryKey() }).then(
        ({ data }) => data?.refreshToken?.accessToken,
      );
    refreshed.push(refreshOn(asks[0]), refreshOn(asks[1]));
    const token = signedIn.headers?.authorization?.replace("Bearer ", "");
    const revoked = asks[1]("revokeSession", { id: auth.session.id }, token);
    const tokens = (await Promise.all(refreshed)).filter((each) => each !== undefined);
    expect((await revoked).outcome).toBe("ok");
    for (const each of [...tokens, auth.accessToken]) {
      expect(await asks[1]("mySessions", {}, each)).toMatchObject({ reason: "SESSION_ENDED" });
      await until(
        async () => (await asks[0]("mySessions", {}, each)).reason === "SESSION_ENDED",
        1000,
      );
    }
    const again = await asks[0]("refreshToken", { refreshToken: refreshTokenOf(auth) });
    expect(again.outcome).toBe("INVALID_REFRESH_TOKEN");
  }
});
