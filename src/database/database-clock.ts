import type { Pool } from "pg";
import type { Clock } from "../clock.js";

const synchroniseEveryMilliseconds = 60_000;

/**
 * The database's clock, carried on by the monotonic one: a replica whose own clock is wrong or is
 * set back judges the age of an access token as all others do.
 */
export async function openDatabaseClock(pool: Pool): Promise<Clock & { stop(): void }> {
  let ahead = 0;

  const synchronise = async () => {
    const before = performance.now();
    const { rows } = await pool.query<{ now: Date }>("SELECT clock_timestamp() AS now");
    const middle = (before + performance.now()) / 2;
    if (rows[0] !== undefined) ahead = rows[0].now.getTime() - middle;
  };

  await synchronise();
  // A round that fails is no harm: the monotonic clock goes on from the last one.
  const timer = setInterval(
    () => synchronise().catch(() => undefined),
    synchroniseEveryMilliseconds,
  );
  timer.unref();
  return { now: () => performance.now() + ahead, stop: () => clearInterval(timer) };
}
