import closeWithGrace from "close-with-grace";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { buildApp } from "./app.js";
import { type Config, loadConfig } from "./config.js";
import { openDatabaseClock } from "./database/database-clock.js";
import { type OpenDatabase, openDatabase } from "./database/open.js";
import { poolOf } from "./database/pool.js";
import { createLogger } from "./log.js";
import { StartError } from "./start-error.js";
import { welcome } from "./welcome.js";

/** Requests that were begun may take this long once we are asked to stop. */
const drainMilliseconds = 10_000;

/** @throws {StartError} when the address cannot be had */
async function listen(app: FastifyInstance, { host, port }: Config): Promise<string> {
  return app.listen({ host, port }).catch(({ code, message }: NodeJS.ErrnoException) => {
    const inUse = `something listens there already; take another, such as PORT=${port + 1}`;
    const reason = code === "EADDRINUSE" ? inUse : message;
    throw new StartError(`Gatehouse cannot listen on ${host} port ${port}: ${reason}.`);
  });
}

async function serve(config: Config, database: OpenDatabase, logger: Logger): Promise<void> {
  const clock = await openDatabaseClock(poolOf(database.dataSource));
  const app = await buildApp({ config, database: database.dataSource, clock, logger });
  const stop = async () => {
    await app.close();
    clock.stop();
  };
  closeWithGrace({ delay: drainMilliseconds, logger }, async ({ err, signal }) => {
    if (err) logger.fatal({ event: "crashed", err }, "crashed");
    logger.info({ event: "stopping", signal }, "what was begun is finished first");
    await stop();
    await database.close();
  });
  const address = await listen(app, config).catch(async (error) => {
    await stop();
    throw error;
  });
  logger.info({ event: "started", address, node: process.version }, "ready");
  if (config.production && !config.rateLimits)
    logger.warn({ event: "rate_limits_off" }, "RATE_LIMITS is off: guessing is not slowed down");
  // A full disk behind it is no reason to end; see log-destination.ts.
  process.stdout.on("error", () => undefined);
  if (!config.production) process.stdout.write(welcome(config, address, database.notice));
}

/** The street door: settings, database, app, listen; on SIGTERM the same backwards. */
async function main(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger(config);
  const database = await openDatabase(config, logger);
  await serve(config, database, logger).catch(async (error) => {
    await database.close();
    throw error;
  });
}

/** What the operator can mend is said in a line; what we did not foresee comes with its stack. */
const explain = (error: unknown) =>
  error instanceof StartError ? error.message : (error as Error).stack || String(error);

try {
  await main();
} catch (error) {
  console.error(explain(error));
  // Not by itself: a connection or a timer that is left would keep up a process that serves nobody.
  process.exit(1);
}
