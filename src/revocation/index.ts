import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import type { Clock } from "../clock.js";
import type { Config } from "../config.js";
import { DatabaseStartError } from "../database/database-start-error.js";
import { explainConnection } from "../database/explain-connection.js";
import type { Log } from "../log.js";
import type { SessionEvents } from "../session-events/session-events.js";
import { createChangedRoles } from "./changed-roles.js";
import { createEndedSessions, type EndedSessions } from "./ended-sessions.js";
import { type Feed, startFeed } from "./feed.js";
import { rememberSeconds } from "./remembered.js";
import { type Pass, type Revoked, revokedInDatabase, revokedInMemory } from "./standing.js";

/** Which access tokens are no good although they are genuine and not expired. */
export interface Revocation {
  endedSessions: EndedSessions;
  /** While it hears, `revoked` knows all; otherwise `ask` does. */
  isHearing(): boolean;
  /** From memory. */
  revoked(pass: Pass): Revoked | undefined;
  /** From the database. @throws whatever the database says */
  ask(pass: Pass): Promise<Revoked | undefined>;
  feed: Pick<Feed, "lagSeconds" | "lostConnections">;
  close(): Promise<void>;
}

/** The first heartbeat takes milliseconds. */
const defaultFirstBeatMilliseconds = 10_000;

/** What the operator has to mend: the way of the heartbeat is through the pool to the listener. */
function notHeard({ heartbeatFault }: Feed): DatabaseStartError {
  const fault = heartbeatFault();
  if (fault !== undefined)
    return new DatabaseStartError(
      `The heartbeat cannot be sent by way of DATABASE_URL: ${fault.message}. ` +
        "A pooler in transaction mode has to keep named statements (PgBouncer 1.21 or newer).",
    );
  return new DatabaseStartError(
    "What is announced by way of DATABASE_URL is not heard by the listener. " +
      "Set DATABASE_LISTEN_URL to the same database, past any pooler in transaction mode.",
  );
}

/** Hears before the service is ready: a restart revives nothing. */
async function waitUntilHeard(feed: Feed, url: string, milliseconds: number): Promise<void> {
  const waiting = new AbortController();
  const tooLong = () =>
    sleep(milliseconds, undefined, { signal: waiting.signal }).then(
      () => Promise.reject(notHeard(feed)),
      () => undefined,
    );
  try {
    await feed.firstLoaded;
    await Promise.race([feed.firstHeard, tooLong()]);
  } catch (error) {
    await feed.stop();
    throw explainConnection(error, url);
  } finally {
    waiting.abort();
  }
}

/**
 * @param url where the listener finds the database
 * @throws {DatabaseStartError} when nothing can be heard there
 */
export async function openRevocation(parts: {
  config: Pick<Config, "accessTokenTtlSeconds">;
  url: string;
  pool: Pool;
  clock: Clock;
  events: Pick<SessionEvents, "announce" | "missed" | "sessionEnded">;
  log: Log;
  firstBeatMilliseconds?: number;
}): Promise<Revocation> {
  const { config, url, pool, clock, events, log } = parts;
  const seconds = rememberSeconds(config);
  const memory = {
    endedSessions: createEndedSessions({
      clock,
      rememberSeconds: seconds,
      onAdded: events.sessionEnded,
    }),
    changedRoles: createChangedRoles({ clock, rememberSeconds: seconds }),
  };
  const feed = startFeed({ url, pool, memory, rememberSeconds: seconds, events, log });
  await waitUntilHeard(feed, url, parts.firstBeatMilliseconds ?? defaultFirstBeatMilliseconds);
  return {
    endedSessions: memory.endedSessions,
    isHearing: feed.isHearing,
    revoked: (pass) => revokedInMemory(memory, pass),
    ask: (pass) => revokedInDatabase(pool, memory, pass),
    feed,
    close: feed.stop,
  };
}
