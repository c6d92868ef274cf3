import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { buildApp } from "../../src/app.js";
import { type Config, loadConfig } from "../../src/config.js";
import { poolOf } from "../../src/database/pool.js";
import type { ServerLimits } from "../../src/http/server-limits.js";
import { createLogger } from "../../src/log.js";
import { movableClock } from "./clock.js";
import { createTestDatabase, type TestDatabase } from "./database.js";
import { noPressure } from "./no-pressure.js";

export interface TestApp {
  app: FastifyInstance;
  config: Config;
  clock: ReturnType<typeof movableClock>;
  database: TestDatabase;
  /** For ageing rows and looking at them. */
  pool: Pool;
  /** Every line that was logged so far. */
  logLines: Record<string, unknown>[];
  close(): Promise<void>;
}

const secret = () => randomBytes(32).toString("base64");

/** Settings of a test run: as in production, but quick to hash and with secrets of its own. */
export const testSettings = (settings: Record<string, string> = {}) => ({
  NODE_ENV: "test",
  AUTH_SECRET: secret(),
  PASSWORD_PEPPER: secret(),
  BCRYPT_COST: "4",
  HASH_WORKERS: "1",
  LOG_LEVEL: "info",
  // One address does here in a second what would take many people a day.
  RATE_LIMITS: "off",
  ...settings,
});

/**
 * The whole service on a database of its own, or on one that another replica uses already.
 * @param settings as in the environment
 * @param limits other than the usual ones
 */
export async function startTestApp(
  settings: Record<string, string> = {},
  shared?: TestDatabase,
  limits?: Partial<ServerLimits>,
): Promise<TestApp> {
  const config = loadConfig(testSettings(settings));
  const database = shared ?? (await createTestDatabase());
  const clock = movableClock();
  const logLines: Record<string, unknown>[] = [];
  const logger = createLogger(config, {
    write: (line: string) => void logLines.push(JSON.parse(line)),
  });
  const app = await buildApp({
    config,
    database: database.dataSource,
    clock,
    logger,
    limits: { ...noPressure, ...limits },
  });
  return {
    app,
    config,
    clock,
    database,
    pool: poolOf(database.dataSource),
    logLines,
    async close() {
      await app.close();
      if (shared === undefined) await database.close();
    },
  };
}
