import type { Pool } from "pg";
import { purgeRegistrations } from "./accounts/find-registration.js";
import { forgetOldActivities } from "./activity/retention.js";
import type { Config } from "./config.js";
import { purgeEmailCodes } from "./email-codes/purge.js";
import { purgeRateLimits } from "./limits/purge.js";
import type { Log } from "./log.js";
import { forgetRevocations } from "./revocation/forget.js";
import { keepEndedSeconds, purgeSessions } from "./sessions/purge.js";

const roundEveryMilliseconds = 3_600_000;

/**
 * Removes what has had its time, now and then until it is stopped; safe with several replicas. What
 * fails is logged and tried again in the next round, and holds up nothing else.
 */
export function startUpkeep(pool: Pool, config: Config, log: Log): { stop(): void } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const chores: Record<string, () => Promise<unknown>> = {
    sessions: () => purgeSessions(pool, keepEndedSeconds(config), signal),
    revocations: () => forgetRevocations(pool),
    "email codes": () => purgeEmailCodes(pool),
    registrations: () => purgeRegistrations(pool),
    "rate limits": () => purgeRateLimits(pool),
    activities: () => forgetOldActivities(pool, config.activityRetentionSeconds, signal),
  };
  const round = async () => {
    for (const [chore, work] of Object.entries(chores)) {
      if (signal.aborted) return;
      await work().then(
        (removed) => log.debug({ event: "upkeep_done", chore, removed }, "upkeep done"),
        (error: unknown) =>
          log.warn({ event: "upkeep_failed", chore, err: error }, "upkeep failed"),
      );
    }
  };
  // Replicas that start together do not walk together.
  const first = setTimeout(round, Math.random() * 60_000).unref();
  const timer = setInterval(round, roundEveryMilliseconds).unref();
  return {
    stop() {
      clearTimeout(first);
      clearInterval(timer);
      stopping.abort();
    },
  };
}
