import { buildApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import { openDatabaseClock } from "../../src/database/database-clock.js";
import { openDatabase } from "../../src/database/open.js";
import { poolOf } from "../../src/database/pool.js";
import { createLogger } from "../../src/log.js";

/**
 * The real service on its embedded database, as a process that a test can stop and kill. Its access
 * tokens live for seconds, which the settings would not allow.
 */
const config = Object.freeze({
  ...loadConfig(),
  accessTokenTtlSeconds: Number(process.env.TEST_ACCESS_TOKEN_SECONDS),
});
const logger = createLogger(config);
const opened = await openDatabase(config, logger);
const pool = poolOf(opened.dataSource);
const clock = await openDatabaseClock(pool);
const app = await buildApp({ config, database: opened.dataSource, clock, logger });

async function stop(): Promise<void> {
  await app.close();
  clock.stop();
  await opened.close();
  process.exit(0);
}

/** What the sessions of one account came to. */
const figures = `
  SELECT count(*)::int AS sessions,
         coalesce(sum(generation), 0)::int AS rotations,
         count(*) FILTER (WHERE end_reason = 'REUSE_DETECTED')::int AS reuses
  FROM sessions JOIN users ON users.id = sessions.user_id WHERE users.email = $1`;

process.on("message", async (email: string) => {
  const { rows } = await pool.query(figures, [email]);
  process.send?.({ figures: rows[0] });
});
process.on("SIGTERM", stop);
process.on("disconnect", stop);

const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.send?.({ address });
