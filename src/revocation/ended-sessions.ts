import type { Pool } from "pg";
import type { Clock } from "../clock.js";

/**
 * The sessions whose access tokens may not have expired yet although the session is over. A bearer
 * check asks this list in memory, so what ends on a replica is dead there before the answer leaves.
 */
export interface EndedSessions {
  add(sessionIds: Iterable<string>): void;
  has(sessionId: string): boolean;
  /** Reads what ended lately: a restart revives nothing. Done before the service is ready. */
  load(pool: Pool): Promise<void>;
  readonly size: number;
}

/** Clocks and tokens on their way: how much longer than an access token an id is remembered. */
export const revocationMarginSeconds = 300;

export function createEndedSessions(options: {
  clock: Clock;
  accessTokenTtlSeconds: number;
}): EndedSessions {
  const { clock } = options;
  const rememberSeconds = options.accessTokenTtlSeconds + revocationMarginSeconds;
  /** Session id to the moment at which it may be forgotten; the oldest come first. */
  const forgetAt = new Map<string, number>();

  const forgetOld = () => {
    const now = clock.now();
    for (const [id, at] of forgetAt) {
      if (at > now) return;
      forgetAt.delete(id);
    }
  };

  const add = (sessionIds: Iterable<string>) => {
    forgetOld();
    const at = clock.now() + rememberSeconds * 1000;
    for (const id of sessionIds) {
      forgetAt.delete(id);
      forgetAt.set(id, at);
    }
  };

  return {
    add,
    has: (sessionId) => forgetAt.has(sessionId),
    async load(pool) {
      const { rows } = await pool.query<{ id: string }>(
        "SELECT id FROM sessions WHERE ended_at > clock_timestamp() - $1 * interval '1 second'",
        [rememberSeconds],
      );
      add(rows.map(({ id }) => id));
    },
    get size() {
      return forgetAt.size;
    },
  };
}
