import { setTimeout as sleep } from "node:timers/promises";
import type { DataSource, QueryRunner } from "typeorm";
import { createDataSource, type DatabaseTimeouts } from "./data-source.js";
import { DatabaseStartError } from "./database-start-error.js";
import { describeDatabase } from "./database-url.js";
import { explainConnection } from "./explain-connection.js";
import { sqlState } from "./faults.js";

export interface MigrationOptions {
  /** The server itself or a pooler in any mode. */
  url: string;
  /** Told when there is a wait. */
  log?: (line: string) => void;
}

const oldestServer = 14;

/** The name of the lock among PostgreSQL's advisory locks: "gate" in ASCII. */
const advisoryLock = 0x67617465;
/** Another replica is migrating: a long index takes its time, but not this long. */
const replicaWaitMilliseconds = 600_000;

/**
 * A migration may take long, but must not keep requests waiting: a table that it cannot lock within
 * this time is left to them, and the migration tries again.
 */
const tableWaitMilliseconds = 1000;
const tableTries = 30;
const tablePauseMilliseconds = 500;

const migrationTimeouts: DatabaseTimeouts = {
  statement: 0,
  lock: tableWaitMilliseconds,
  idleInTransaction: 0,
  silence: 0,
};

const lockNotAvailable = "55P03";

async function checkVersion(dataSource: DataSource, url: string): Promise<void> {
  const [row] = await dataSource.query("SHOW server_version_num");
  const major = Math.floor(Number(row.server_version_num) / 10_000);
  if (major >= oldestServer) return;
  throw new DatabaseStartError(
    `PostgreSQL at ${describeDatabase(url)} is version ${major}; Gatehouse needs ${oldestServer} or newer.`,
  );
}

/**
 * Holds the lock in a transaction of its own: it ends with its connection, and a pooler in
 * transaction mode keeps it on one server.
 */
async function takeTurn(runner: QueryRunner, log: (line: string) => void): Promise<void> {
  await runner.startTransaction();
  const [row] = await runner.query("SELECT pg_try_advisory_xact_lock($1) AS free", [advisoryLock]);
  if (row.free) return;
  log("Another replica is migrating the database; waiting for it.");
  await runner.query("SELECT set_config('lock_timeout', $1, true)", [`${replicaWaitMilliseconds}`]);
  await runner.query("SELECT pg_advisory_xact_lock($1)", [advisoryLock]);
}

/** One connection, given up whatever happens: TypeORM keeps the one on which it could not begin. */
async function withConnection<T>(url: string, work: (dataSource: DataSource) => Promise<T>) {
  const dataSource = createDataSource({ url, poolSize: 1, timeouts: migrationTimeouts });
  try {
    await dataSource.initialize();
    return await work(dataSource);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function runPatiently(url: string, log: (line: string) => void): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await withConnection(url, (dataSource) => dataSource.runMigrations({ transaction: "each" }));
      return;
    } catch (error) {
      if (sqlState(error) !== lockNotAvailable || tries === tableTries) throw error;
      if (tries === 1) log("A table to migrate is in use; trying again.");
      await sleep(tablePauseMilliseconds);
    }
  }
}

/**
 * Brings the database to the state that this release needs. Replicas that start together take
 * turns: one migrates, the others find nothing left to do.
 *
 * @throws {DatabaseStartError} in plain words: unreachable, wrong password, too old
 */
export async function runMigrations({
  url,
  log = () => undefined,
}: MigrationOptions): Promise<void> {
  try {
    await withConnection(url, async (dataSource) => {
      await checkVersion(dataSource, url);
      const runner = dataSource.createQueryRunner();
      await takeTurn(runner, log);
      await runPatiently(url, log);
      await runner.commitTransaction();
      await runner.release();
    });
  } catch (error) {
    throw explainConnection(error, url);
  }
}
