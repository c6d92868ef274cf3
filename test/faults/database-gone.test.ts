import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { Client } from "pg";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "../../src/database/embedded/index.js";
import { answers, postmasterPid } from "../database/processes.js";
import { testSettings } from "../support/app.js";
import { type Ask, askUrl } from "../support/ask.js";
import {
  checkFaultDidNoHarm,
  type SessionRecord,
  sessionRecords,
} from "../support/check-journal.js";
import { type HonestClient, honestClient, type JournalEntry } from "../support/honest-client.js";
import { newCredentials } from "../support/personas.js";
import { times } from "../support/scale.js";
import { type ServiceProcess, startService } from "../support/service-process.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

/** How soon after the database everything is as before. */
const recoveryMilliseconds = 5000;
const clientsAtWork = 5;
/** Of each client, so that they make some 50 requests a second together. */
const pauseMilliseconds = 100;

let folder: string;
let postgres: EmbeddedDatabase;
let network: TcpProxy;
let service: ServiceProcess;
let ask: Ask;
let journal: JournalEntry[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-faults-"));
  postgres = await startEmbeddedDatabase({ dataDir: folder });
  network = await startTcpProxy(postgres.url);
  service = await startService(testSettings({ DATABASE_URL: network.url }));
  ask = askUrl(service.url);
}, 60_000);
beforeEach(() => {
  journal = [];
});
afterAll(async () => {
  await service?.end("SIGTERM");
  await network?.close();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(postgres.folder, { recursive: true, force: true });
}, 60_000);

async function read(): Promise<SessionRecord[]> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query(sessionRecords);
  await client.end();
  return rows;
}

async function signIn(): Promise<HonestClient> {
  const { data } = await ask("register", { input: newCredentials() });
  return honestClient(ask, data.register.auth, journal);
}

const health = (path: string) => fetch(`${service.url}${path}`).then(({ status }) => status);
const isReady = async () => (await health("/health/ready")) === 200;

/** Somebody whose session is over, asking all the time. */
async function signedOut(): Promise<HonestClient> {
  const client = await signIn();
  const { outcome } = await ask("logout", { refreshToken: client.refreshToken });
  expect(outcome).toBe("ok");
  return client;
}

/** Clients that go on refreshing, and one whose session is over and who is never let in. */
async function underLoad(fault: () => Promise<void>): Promise<void> {
  const clients = await Promise.all(Array.from({ length: clientsAtWork }, signIn));
  const revoked = await signedOut();
  let stop = false;
  const working = clients.map(async (client) => {
    while (!stop) {
      await client.refresh();
      await sleep(pauseMilliseconds);
    }
  });
  const asked: (string | undefined)[] = [];
  const trying = (async () => {
    while (!stop) {
      const { outcome, reason } = await ask("mySessions", {}, revoked.accessToken);
      asked.push(reason ?? outcome);
      await sleep(pauseMilliseconds / 2);
    }
  })();
  await fault();
  await sleep(500);
  stop = true;
  await Promise.all([...working, trying]);
  expect(new Set(asked)).toEqual(new Set(["SESSION_ENDED"]));
  await checkFaultDidNoHarm({ clients, journal, ask, read });
}

test.each([
  ["stops in order", "SIGINT"],
  ["crashes", "SIGQUIT"],
] as const)(
  "PostgreSQL %s and starts again: red, then green, and nobody is signed out",
  (_how, signal) =>
    underLoad(async () => {
      await sleep(300);
      process.kill(postmasterPid(postgres.folder), signal);
      await until(async () => !(await isReady()), 10_000);
      expect(await health("/health/live")).toBe(200);
      await until(() => answers(postgres.url), 30_000);
      const back = performance.now();
      await until(isReady, recoveryMilliseconds);
      const done = journal.length;
      await until(
        () => journal.slice(done).some(({ outcome }) => outcome === "ok"),
        recoveryMilliseconds,
      );
      expect(performance.now() - back).toBeLessThan(recoveryMilliseconds);
    }),
  90_000,
);

const memory = async () => {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 1e6;
};

test.each([
  ["unreachable", () => network.cut()],
  ["silent", () => network.freeze()],
] as const)(
  "a database that is %s: everything that needs it is refused in time, and the process lives",
  async (_how, breakNetwork) => {
    const client = await signIn();
    const revoked = await signedOut();
    const before = await memory();
    breakNetwork();
    const end = performance.now() + times(4, 60) * 1000;
    while (performance.now() < end) {
      const began = performance.now();
      const replies = await Promise.all([
        client.refresh(),
        ask("mySessions", {}, client.accessToken),
        ask("me", {}, client.accessToken),
        ask("login", { input: newCredentials() }),
        ask("logout", { refreshToken: client.refreshToken }),
      ]);
      expect(performance.now() - began).toBeLessThan(3500);
      expect(new Set(replies.map(({ outcome }) => outcome))).toEqual(new Set(["OVERLOADED"]));
      const { reason } = await ask("mySessions", {}, revoked.accessToken);
      expect(reason).toBe("SESSION_ENDED");
    }
    expect(await health("/health/live")).toBe(200);
    expect(await isReady()).toBe(false);
    network.mend();
    const back = performance.now();
    await until(isReady, recoveryMilliseconds);
    await client.refreshAtLast();
    expect(performance.now() - back).toBeLessThan(recoveryMilliseconds);
    expect((await memory()) - before).toBeLessThan(60);
    await checkFaultDidNoHarm({ clients: [client], journal, ask, read });
  },
  180_000,
);
