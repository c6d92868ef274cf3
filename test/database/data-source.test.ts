import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Client, type Pool } from "pg";
import type { DataSource } from "typeorm";
import { createDataSource } from "../../src/database/data-source.js";
import { isTransientDatabaseFault } from "../../src/database/faults.js";
import { giveUpOnSilence } from "../../src/database/give-up-on-silence.js";
import { poolOf } from "../../src/database/pool.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";

let database: TestDatabase;
let dataSource: DataSource;
let pool: Pool;
const lost: Error[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = createDataSource({
    url: database.url,
    poolSize: 6,
    onConnectionLost: (error) => lost.push(error),
  });
  await dataSource.initialize();
  pool = poolOf(dataSource);
});
afterAll(async () => {
  await dataSource.destroy();
  await database.close();
});

/** How long it took to fail, and how. */
async function failure(work: Promise<unknown>): Promise<{ seconds: number; error: unknown }> {
  const begun = Date.now();
  const error = await work.then(
    () => "it did not fail",
    (error) => error,
  );
  return { seconds: (Date.now() - begun) / 1000, error };
}

async function lockTable(table: string): Promise<() => Promise<void>> {
  const runner = database.dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query("SET LOCAL idle_in_transaction_session_timeout = 0");
  await runner.query(`LOCK TABLE ${table}`);
  return async () => {
    await runner.rollbackTransaction();
    await runner.release();
  };
}

/** Another pool, of one connection that somebody else has. */
async function withAllConnectionsTaken(work: (pool: Pool) => Promise<unknown>): Promise<unknown> {
  const small = await createDataSource({ url: database.url, poolSize: 1 }).initialize();
  await small.createQueryRunner().connect();
  return work(poolOf(small)).finally(() => small.destroy());
}

const silently = "SET statement_timeout = 0; SELECT pg_sleep(30)";

test("whatever the database does, a request has its answer within 3 seconds", async () => {
  const unlock = await lockTable("users");
  const failures = await Promise.all([
    failure(dataSource.query("SELECT pg_sleep(30)")),
    failure(pool.query("SELECT pg_sleep(30)")),
    failure(pool.query(silently)),
    failure(dataSource.transaction((manager) => manager.query(silently))),
    failure(pool.query("SELECT count(*) FROM users")),
    failure(dataSource.query("SELECT count(*) FROM users")),
    failure(withAllConnectionsTaken((taken) => taken.query("SELECT 1"))),
  ]);
  await unlock();
  for (const { seconds, error } of failures) {
    expect(isTransientDatabaseFault(error)).toBe(true);
    expect(seconds).toBeLessThan(3);
  }
  expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  expect(pool.waitingCount).toBe(0);
});

test("a statement that waits its turn in a transaction is not taken for silence", async () => {
  await dataSource.transaction(async (manager) => {
    await manager.query("SELECT pg_sleep(1.3)");
    await manager.query("SELECT pg_sleep(1.3)");
  });
});

test("a connection that is never at rest is not taken for silent", async () => {
  const silence = 200;
  const client = new Client(database.url);
  await client.connect();
  giveUpOnSilence(client, silence);
  const end = performance.now() + 2 * silence;
  // As a pool does it that somebody waits for: the next statement goes out with the last answer.
  await new Promise<void>((resolve, reject) => {
    const ask = () =>
      client.query("SELECT pg_sleep(0.01)", (error: Error | null) => {
        if (error) return reject(error);
        if (performance.now() < end) ask();
        else resolve();
      });
    ask();
  });
  await client.end();
});

test("connections that are cut end neither the process nor the pool", async () => {
  const idle = await Promise.all([1, 2, 3].map(() => pool.connect()));
  for (const client of idle) client.release();
  const checkedOut = await pool.connect();
  await database.dataSource.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  const { error } = await failure(checkedOut.query("SELECT 1"));
  expect(isTransientDatabaseFault(error)).toBe(true);
  checkedOut.release(error as Error);
  // The pool has heard of every one.
  while (pool.idleCount > 0) await sleep(5);
  expect((await dataSource.query("SELECT 1 AS one"))[0].one).toBe(1);
  expect(lost.length).toBeGreaterThan(0);
});

test("an error shows no parameter in the log", async () => {
  const printed: unknown[] = [];
  const { log, error, warn } = console;
  const print = (...args: unknown[]) => void printed.push(...args);
  Object.assign(console, { log: print, error: print, warn: print });
  try {
    await failure(dataSource.query("SELECT $1::int", ["correct horse battery staple"]));
  } finally {
    Object.assign(console, { log, error, warn });
  }
  expect(printed).toEqual([]);
});
