import type { Client } from "pg";
import { DataSource, type Logger } from "typeorm";
import { entities } from "./entities.js";
import { giveUpOnSilence } from "./give-up-on-silence.js";
import { migrations } from "./migrations/index.js";

/** All in milliseconds; 0: none. A client has its answer within 3 s, whatever the database does. */
export interface DatabaseTimeouts {
  /** How long a statement may run. */
  statement: number;
  /** How long it may wait for a lock; below `statement`, so that the two can be told apart. */
  lock: number;
  /** How long a transaction may stay open while nothing is asked. */
  idleInTransaction: number;
  /** How long the server may leave a query without any answer; above all others. */
  silence: number;
}

const requestTimeouts: DatabaseTimeouts = {
  statement: 2300,
  lock: 2000,
  idleInTransaction: 5000,
  silence: 2500,
};

/** For a new connection, and for a free one when all are taken. */
const acquireTimeoutMilliseconds = 2000;
/** The first burst after a pause finds its connections. */
const idleMilliseconds = 60_000;

export interface DataSourceSettings {
  /** postgres://user:password@host:port/database; options in its query win over ours. */
  url: string;
  /** Connections at most. */
  poolSize: number;
  /** Instead of those for requests. */
  timeouts?: DatabaseTimeouts;
  /** For the command line, which says by it what it does. */
  logger?: Logger;
  /** Told when a connection is lost that nobody was using. */
  onConnectionLost?: (error: Error) => void;
}

/**
 * SECURITY: TypeORM's own loggers print the parameters of a failed query: hashes and addresses. What
 * fails is thrown anyway.
 */
const silentLogger: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

/** What pg's pool takes and TypeORM has no option for. */
const poolOptions = (timeouts: DatabaseTimeouts) => ({
  connectionTimeoutMillis: acquireTimeoutMilliseconds,
  idleTimeoutMillis: idleMilliseconds,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  statement_timeout: timeouts.statement,
  lock_timeout: timeouts.lock,
  idle_in_transaction_session_timeout: timeouts.idleInTransaction,
  onConnect(client: Client) {
    // A connection that dies while it is checked out must not end the process: its query tells.
    client.on("error", () => undefined);
    if (timeouts.silence > 0) giveUpOnSilence(client, timeouts.silence);
  },
});

/**
 * The one way to a DataSource: server, command line and tests differ in these settings alone.
 * Not yet initialised.
 */
export function createDataSource(settings: DataSourceSettings): DataSource {
  const { url, poolSize, timeouts = requestTimeouts, logger = silentLogger } = settings;
  return new DataSource({
    type: "postgres",
    url,
    poolSize,
    entities,
    migrations,
    migrationsTableName: "migrations",
    migrationsTransactionMode: "each",
    synchronize: false,
    // gen_random_uuid() is part of PostgreSQL; no extension is needed, nor the right to create one.
    uuidExtension: "pgcrypto",
    installExtensions: false,
    applicationName: "gatehouse",
    logger,
    poolErrorHandler: settings.onConnectionLost ?? (() => undefined),
    extra: poolOptions(timeouts),
  });
}
