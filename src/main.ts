import closeWithGrace from "close-with-grace";
import { buildApp } from "./app.js";
import { type Config, ConfigError, loadConfig } from "./config.js";
import { openDatabaseClock } from "./database/database-clock.js";
import { DatabaseStartError } from "./database/database-start-error.js";
import { openDatabase } from "./database/open.js";
import { poolOf } from "./database/pool.js";
import { createLogger } from "./log.js";
import { welcome } from "./welcome.js";

/** Requests that were begun may take this long once we are asked to stop. */
const drainMilliseconds = 10_000;

/** The street door: settings, database, app, listen; on SIGTERM the same backwards. */
async function main(config: Config): Promise<void> {
  const logger = createLogger(config);
  const opened = await openDatabase(config, logger);
  const clock = await openDatabaseClock(poolOf(opened.dataSource));
  const app = await buildApp({ config, database: opened.dataSource, clock, logger });

  closeWithGrace({ delay: drainMilliseconds, logger }, async ({ err }) => {
    if (err) logger.fatal({ event: "crashed", err }, "crashed");
    await app.close();
    clock.stop();
    await opened.close();
  });
  const address = await app.listen({ host: config.host, port: config.port });
  logger.info({ event: "listening", address }, "listening");
  if (!config.production) process.stdout.write(welcome(config, address, opened.notice));
}

/** What the operator can mend is said in a line; what we did not foresee comes with its stack. */
function explain(error: unknown): string {
  const foreseen = error instanceof ConfigError || error instanceof DatabaseStartError;
  return foreseen ? error.message : String((error as Error).stack ?? error);
}

try {
  await main(loadConfig());
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
