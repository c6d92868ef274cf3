import type { Pool } from "pg";
import type { DataSource } from "typeorm";
import { type AccessTokens, openAccessTokens } from "./access-tokens/index.js";
import type { Clock } from "./clock.js";
import type { Config } from "./config.js";
import { poolOf } from "./database/pool.js";
import type { Log } from "./log.js";
import { openPasswords, type Passwords } from "./passwords/index.js";
import { createEndedSessions, type EndedSessions } from "./revocation/ended-sessions.js";
import { keyRing } from "./secrets.js";
import { createRefreshTokens, type RefreshTokens } from "./sessions/refresh-token.js";

/** Everything a request needs, built once and handed to the rules as one object. */
export interface Services {
  config: Config;
  database: DataSource;
  /** The pool of `database`, for the hot ways. */
  pool: Pool;
  clock: Clock;
  accessTokens: AccessTokens;
  refreshTokens: RefreshTokens;
  passwords: Passwords;
  endedSessions: EndedSessions;
  close(): Promise<void>;
}

/** @param database initialised and migrated; stays the caller's to close. */
export async function openServices(options: {
  config: Config;
  database: DataSource;
  clock: Clock;
  log: Log;
}): Promise<Services> {
  const { config, database, clock, log } = options;
  const pool = poolOf(database);
  const endedSessions = createEndedSessions({
    clock,
    accessTokenTtlSeconds: config.accessTokenTtlSeconds,
  });
  await endedSessions.load(pool);
  const accessTokens = await openAccessTokens({ config, pool, clock, log });
  const passwords = openPasswords(config);
  return {
    config,
    database,
    pool,
    clock,
    accessTokens,
    passwords,
    endedSessions,
    refreshTokens: createRefreshTokens(keyRing(config.authSecrets, "refreshTokenMac")),
    async close() {
      await accessTokens.close();
      await passwords.close();
    },
  };
}
