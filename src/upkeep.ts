import type { Pool } from "pg";
import { purgeRegistrations } from "./accounts/find-registration.js";
import { forgetOldActivities } from "./activity/retention.js";
import type { Config } from "./config.js";
import { purgeEmailCodes } from "./email-codes/purge.js";
import { purgeRateLimits } from "./limits/purge.js";
import type { Log } from "./log.js";

const roundEveryMilliseconds = 3_600_000;

/** Removes what has had its time, now and then until it is stopped; safe with several replicas. */
export function startUpkeep(
  pool: Pool,
  { activityRetentionSeconds }: Pick<Config, "activityRetentionSeconds">,
  log: Log,
): { stop(): void } {
  const stopping = new AbortController();
  const round = async () => {
    try {
      await purgeEmailCodes(pool);
      await purgeRegistrations(pool);
      await purgeRateLimits(pool);
      await forgetOldActivities(pool, activityRetentionSeconds, stopping.signal);
    } catch (error) {
      log.warn({ event: "upkeep_failed", err: error }, "upkeep failed");
    }
  };
  // Replicas that start together do not walk together.
  const first = setTimeout(round, 60_000 + Math.random() * 60_000).unref();
  const timer = setInterval(round, roundEveryMilliseconds).unref();
  return {
    stop() {
      clearTimeout(first);
      clearInterval(timer);
      stopping.abort();
    },
  };
}
