import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { testSettings } from "../support/app.js";
import { type Ask, askUrl, noAnswer } from "../support/ask.js";
import { checkFaultDidNoHarm, sessionRecords } from "../support/check-journal.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { honestClient, type JournalEntry } from "../support/honest-client.js";
import { newCredentials } from "../support/personas.js";
import { times } from "../support/scale.js";
import { type ServiceProcess, startService } from "../support/service-process.js";

let database: TestDatabase;
let settings: Record<string, string>;
let lasting: ServiceProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  settings = testSettings({ DATABASE_URL: database.url });
  lasting = await startService(settings);
}, 60_000);
afterAll(async () => {
  await lasting.end("SIGTERM");
  await database.close();
});

async function signUp(ask: Ask) {
  const { data } = await ask("register", { input: newCredentials() });
  return data.register.auth;
}

/** Refreshes until the replica is gone. */
async function refreshUntilKilled(client: ReturnType<typeof honestClient>, ask: Ask) {
  for (;;) if ((await client.refresh(ask)).outcome === noAnswer) return;
}

test("a replica that is killed in mid-rotation costs nobody the session", async () => {
  const journal: JournalEntry[] = [];
  const stay = askUrl(lasting.url);
  const clients = [];
  for (let i = 0; i < 6; i++) clients.push(honestClient(stay, await signUp(stay), journal));
  for (let round = 0; round < times(3, 200); round++) {
    const killed = await startService(settings);
    const working = clients.map((client) => refreshUntilKilled(client, askUrl(killed.url)));
    await sleep(100 + Math.random() * 200);
    await killed.end("SIGKILL");
    await Promise.all(working);
    await Promise.all(clients.map((client) => client.refreshAtLast(stay)));
    expect(clients.filter(({ signedOut }) => signedOut)).toEqual([]);
  }
  const lost = journal.filter(({ outcome }) => outcome === noAnswer);
  expect(lost.length).toBeGreaterThanOrEqual(times(3, 200));
  const read = () => database.dataSource.query(sessionRecords);
  await checkFaultDidNoHarm({ clients, journal, ask: stay, read });
}, 3_600_000);

test("a restart does not reopen what was used before: a stolen token ends the session", async () => {
  const first = await startService(settings);
  const auth = await signUp(askUrl(first.url));
  const stolen = auth.refreshToken;
  const journal: JournalEntry[] = [];
  const client = honestClient(askUrl(first.url), auth, journal);
  await client.refreshAtLast();
  await client.refreshAtLast();
  await first.end("SIGKILL");
  await database.dataSource.query(
    "UPDATE sessions SET rotated_at = array_fill(now() - interval '1 hour', ARRAY[2]) WHERE id = $1",
    [client.sessionId],
  );
  const second = await startService(settings);
  const ask = askUrl(second.url);
  const refused = await ask("refreshToken", { refreshToken: stolen });
  expect(refused.outcome).toBe("INVALID_REFRESH_TOKEN");
  expect((await ask("mySessions", {}, client.accessToken)).reason).toBe("SESSION_ENDED");
  await second.end("SIGTERM");
}, 60_000);
