import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { testSettings } from "../support/app.js";
import { askUrl } from "../support/ask.js";
import { sessionRecords } from "../support/check-journal.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { honestClient, type JournalEntry } from "../support/honest-client.js";
import { newCredentials } from "../support/personas.js";
import { isLongRun } from "../support/scale.js";
import { type ServiceProcess, startService } from "../support/service-process.js";

const minutes = Number(process.env.SOAK_MINUTES ?? 60);
const samples = 60;
const clientsAtWork = 30;
const pauseMilliseconds = 200;

/** Megabytes an hour by least squares; what a process takes while it warms up is not counted. */
function slopePerHour(megabytes: readonly number[]): number {
  const settled = megabytes.slice(Math.floor(megabytes.length / 3));
  const middle = (settled.length - 1) / 2;
  const mean = settled.reduce((sum, each) => sum + each, 0) / settled.length;
  const over = settled.reduce((sum, each, i) => sum + (i - middle) * (each - mean), 0);
  const under = settled.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return (over / under) * (samples / (minutes / 60));
}

const soak = isLongRun ? describe : describe.skip;

soak("over an hour", () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let stop = false;

  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startService(testSettings({ DATABASE_URL: database.url }));
  }, 60_000);
  /** Also after a failure: what goes on working would weigh on the tests that follow. */
  afterAll(async () => {
    stop = true;
    await service.end("SIGTERM");
    await database.close();
  });

  test("refreshes take no more memory and no more table at its end", async () => {
    const ask = askUrl(service.url);
    const journal: JournalEntry[] = [];
    const clients = [];
    for (let i = 0; i < clientsAtWork; i++) {
      const { data } = await ask("register", { input: newCredentials() });
      clients.push(honestClient(ask, data.register.auth, journal));
    }
    const working = clients.map(async (client) => {
      while (!stop) {
        await client.refreshAtLast();
        await ask("mySessions", {}, client.accessToken);
        await ask("me", {}, "nonsense");
        await sleep(pauseMilliseconds);
      }
    });
    const tableBytes = async () => {
      const [row] = await database.dataSource.query(
        "SELECT pg_total_relation_size('sessions')::int AS bytes",
      );
      return row.bytes;
    };
    const memory: number[] = [];
    const tables: number[] = [];
    let asked = 0;
    let busy = 0;
    while (memory.length < samples) {
      await sleep((minutes * 60_000) / samples);
      const text = await (await fetch(`${service.url}/metrics`)).text();
      memory.push(Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 1e6);
      tables.push(await tableBytes());
      // Checked as it grows, so that the test itself does not.
      const outcomes = journal.splice(0).map(({ outcome }) => outcome);
      asked += outcomes.length;
      busy += outcomes.filter((outcome) => outcome === "OVERLOADED").length;
      expect(new Set([...outcomes, "ok", "OVERLOADED"]).size).toBe(2);
    }
    stop = true;
    await Promise.all(working);
    process.stderr.write(
      `soak of ${minutes} minutes: ${asked} refreshes, ${busy} told to come again, ${slopePerHour(memory).toFixed(1)} MB an hour (from ${memory[0]?.toFixed(0)} to ${memory.at(-1)?.toFixed(0)} MB), sessions ${tables[0]} to ${tables.at(-1)} bytes\n`,
    );
    // Others may keep the machine busy for a moment.
    expect(busy).toBeLessThan(asked / 100);
    // In a short soak the garbage collector's own waves are steeper.
    if (minutes >= 30) expect(slopePerHour(memory)).toBeLessThan(20);
    expect(tables.at(-1)).toBeLessThan(2 * (tables[5] as number));
    for (const client of clients) expect(client.signedOut).toBe(false);
    const read = () => database.dataSource.query(sessionRecords);
    for (const client of clients)
      expect(
        (await read()).find(({ id }: { id: string }) => id === client.sessionId),
      ).toMatchObject({
        generation: String(client.rotations),
        ended: false,
      });
  });
});
