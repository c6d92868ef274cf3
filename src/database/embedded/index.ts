import { existsSync } from "node:fs";
import { withFileLock } from "../../file-lock.mjs";
import { DatabaseStartError } from "../database-start-error.js";
import { type Cluster, openCluster, readCredentials } from "./cluster.js";
import { initialise } from "./initialise.js";
import { isServing, type Postmaster, readPostmaster } from "./postmaster.js";
import { ensureRunning, type ServerSettings, stopServer } from "./server.js";
import { enter, leave } from "./tenants.js";

export interface EmbeddedDatabase {
  /** For the service: a role that owns its database and nothing else. Holds the password. */
  url: string;
  /** For administration: PostgreSQL's superuser. Holds the password. */
  adminUrl: string;
  /** Where everything of it lies: data, passwords, log. */
  folder: string;
  /** A line for whoever started us, when that is not in `dataDir`. */
  notice?: string;
  /** Gives it up; the last process that does so stops the server. */
  stop(): Promise<void>;
}

export interface EmbeddedDatabaseOptions {
  dataDir: string;
  /** Told of what went wrong and was mended. */
  log?: (line: string) => void;
  /** Settings of PostgreSQL, for a server that is not running yet. */
  settings?: ServerSettings;
}

/** How soon a server that died under us is started again. */
const watchMilliseconds = 1000;

const address = (user: string, password: string, port: number) =>
  `postgres://${user}:${password}@127.0.0.1:${port}/${user}`;

/** What the file system refuses is told in the same plain way. */
function explain(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof DatabaseStartError || code === undefined) return error;
  return new DatabaseStartError(
    `The embedded PostgreSQL could not be started: ${message}\n` +
      "Mend that, set DATA_DIR to another folder, or set DATABASE_URL to a PostgreSQL 14 or newer.",
  );
}

/** Deleted under a running server, which notices that by itself and ends within a minute. */
const isGone = (cluster: Cluster) => !existsSync(cluster.data);

/** Restarts, on the same port, a server that was killed: our pool finds it again. */
function watch(cluster: Cluster, server: Postmaster, restart: () => Promise<void>) {
  let restarting = false;
  const timer = setInterval(async () => {
    if (restarting || isGone(cluster)) return;
    if (isServing(cluster, readPostmaster(cluster) ?? server)) return;
    restarting = true;
    await restart();
    restarting = false;
  }, watchMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

async function open(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const { dataDir, log = () => undefined, settings = {} } = options;
  const cluster = await openCluster(dataDir);
  const locked = <T>(work: () => Promise<T>) => withFileLock(cluster.lock, work);

  const { credentials, server, tenant } = await locked(async () => {
    await initialise(cluster, settings.fsync !== "off");
    const credentials = readCredentials(cluster);
    const server = await ensureRunning(cluster, credentials, settings);
    return { credentials, server, tenant: enter(cluster) };
  });

  let stopped: Promise<void> | undefined;
  const unwatch = watch(cluster, server, async () => {
    try {
      await locked(async () => {
        if (stopped !== undefined) return;
        await ensureRunning(cluster, credentials, settings, server.port);
        log("The embedded PostgreSQL had died and was started again.");
      });
    } catch (error) {
      log((error as Error).message);
    }
  });
  const stop = async () => {
    unwatch();
    if (isGone(cluster)) return;
    await locked(async () => {
      if (leave(cluster, tenant)) await stopServer(cluster);
    });
  };
  return {
    url: address("gatehouse", credentials.service, server.port),
    adminUrl: address("postgres", credentials.superuser, server.port),
    folder: cluster.folder,
    notice:
      cluster.account &&
      `PostgreSQL runs as the user ${cluster.account.name}; its files are in ${cluster.folder}`,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/**
 * A real PostgreSQL of our own, for when there is no DATABASE_URL. The first start makes the
 * database; a later one finds it, and adopts a server that is running still. Processes that name the
 * same `dataDir` share one server. It listens on 127.0.0.1 alone and asks for a password. It hooks no
 * signal and never ends the process.
 *
 * @throws {DatabaseStartError} where it cannot run, saying what to do instead
 * @example
 * const database = await startEmbeddedDatabase({ dataDir: ".data" });
 * // … database.url …
 * await database.stop();
 */
export const startEmbeddedDatabase = (
  options: EmbeddedDatabaseOptions,
): Promise<EmbeddedDatabase> =>
  open(options).catch((error) => {
    throw explain(error);
  });
