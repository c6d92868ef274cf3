import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { pino } from "pino";
import { buildApp } from "../../src/app.js";
import { type Config, loadConfig } from "../../src/config.js";
import { createDataSource } from "../../src/database/data-source.js";
import { openDatabaseClock } from "../../src/database/database-clock.js";
import { poolOf } from "../../src/database/pool.js";
import { noPressure } from "./no-pressure.js";

/** One of several that share a database: with connections and a memory of its own. */
export interface Replica {
  app: FastifyInstance;
  config: Config;
  pool: Pool;
  logLines: Record<string, unknown>[];
  close(): Promise<void>;
}

/**
 * @param options.settings the same secrets for all replicas: `testSettings()`, made once
 * @param options.url by way of a proxy, perhaps
 */
export async function startReplica(options: {
  url: string;
  settings: Record<string, string>;
  poolSize?: number;
  /** Shorter than the settings allow, for tests that wait for the end. */
  accessTokenTtlSeconds?: number;
}): Promise<Replica> {
  const { url, settings, poolSize = 10 } = options;
  const loaded = loadConfig(settings);
  const { accessTokenTtlSeconds = loaded.accessTokenTtlSeconds } = options;
  const config = Object.freeze({ ...loaded, accessTokenTtlSeconds });
  const database = await createDataSource({ url, poolSize }).initialize();
  const pool = poolOf(database);
  const clock = await openDatabaseClock(pool);
  const logLines: Record<string, unknown>[] = [];
  const logger = pino(
    { level: config.logLevel },
    { write: (line: string) => void logLines.push(JSON.parse(line)) },
  );
  const app = await buildApp({ config, database, clock, logger, limits: noPressure });
  return {
    app,
    config,
    pool,
    logLines,
    async close() {
      await app.close();
      clock.stop();
      await database.destroy();
    },
  };
}
