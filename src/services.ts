import type { Pool } from "pg";
import type { DataSource } from "typeorm";
import { type AccessTokens, openAccessTokens } from "./access-tokens/index.js";
import {
  createVerificationTokens,
  type VerificationTokens,
} from "./accounts/verification-token.js";
import type { Clock } from "./clock.js";
import type { Config } from "./config.js";
import { poolOf, urlOf } from "./database/pool.js";
import { type Limits, openLimits } from "./limits/index.js";
import type { Log } from "./log.js";
import { type MailRoom, openMailRoom } from "./mail/index.js";
import { createMetrics, type Metrics } from "./metrics/metrics.js";
import { watchServices } from "./metrics/watch-services.js";
import { checkPeppers, openPasswords, type Passwords } from "./passwords/index.js";
import type { EndedSessions } from "./revocation/ended-sessions.js";
import { openRevocation, type Revocation } from "./revocation/index.js";
import { type KeyRing, keyRing } from "./secrets.js";
import { createSessionEvents, type SessionEvents } from "./session-events/session-events.js";
import { createRefreshTokens, type RefreshTokens } from "./sessions/refresh-token.js";
import { type SharedRotations, shareRotations } from "./sessions/shared-rotations.js";

/** Everything a request needs, built once and handed to the rules as one object. */
export interface Services {
  config: Config;
  /** Of the data source, for the hot ways: named statements, nothing hydrated. */
  pool: Pool;
  clock: Clock;
  accessTokens: AccessTokens;
  refreshTokens: RefreshTokens;
  rotations: SharedRotations;
  passwords: Passwords;
  verificationTokens: VerificationTokens;
  /** How often one may try. */
  limits: Limits;
  /** For the MACs of codes in mails. */
  codeKeys: KeyRing;
  /** Where mail is put, in the transaction of the deed. */
  outbox: MailRoom["outbox"];
  /** In development without SMTP_URL. */
  mailbox: MailRoom["mailbox"];
  /** Of `revocation`: what ends here is told here, after the commit and before the answer. */
  endedSessions: EndedSessions;
  revocation: Revocation;
  /** For those who are connected to this replica. */
  sessionEvents: SessionEvents;
  metrics: Metrics;
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
  await checkPeppers(pool, config);
  const listenUrl = config.databaseListenUrl ?? urlOf(database);
  const sessionEvents = createSessionEvents({ clock });
  const revocation = await openRevocation({
    config,
    url: listenUrl,
    pool,
    clock,
    events: sessionEvents,
    log,
  });
  const accessTokens = await openAccessTokens({ config, pool, clock, log });
  const passwords = openPasswords(config);
  const metrics = createMetrics();
  const mail = openMailRoom({ config, pool, log, metrics });
  const services: Services = {
    config,
    pool,
    clock,
    accessTokens,
    passwords,
    verificationTokens: createVerificationTokens(
      keyRing(config.authSecrets, "verificationTokenMac"),
    ),
    limits: openLimits(config, pool, metrics),
    codeKeys: keyRing(config.authSecrets, "emailCodeMac"),
    outbox: mail.outbox,
    mailbox: mail.mailbox,
    revocation,
    sessionEvents,
    metrics,
    endedSessions: revocation.endedSessions,
    refreshTokens: createRefreshTokens(keyRing(config.authSecrets, "refreshTokenMac")),
    rotations: shareRotations(pool, config),
    async close() {
      await mail.close();
      await revocation.close();
      await accessTokens.close();
      await passwords.close();
    },
  };
  watchServices(services);
  return services;
}
