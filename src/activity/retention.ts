import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";

const sliceRows = 1000;
const pauseBetweenSlicesMilliseconds = 50;

/** SKIP LOCKED lets several replicas pass each other. */
const forgetSlice = {
  name: "forget-activities",
  text: `
    DELETE FROM activities WHERE id IN (
      SELECT id FROM activities WHERE at < clock_timestamp() - $1 * interval '1 second'
      LIMIT ${sliceRows} FOR UPDATE SKIP LOCKED)`,
};

/**
 * Removes what is older than ACTIVITY_RETENTION, in slices.
 * @returns how many it removed
 */
export async function forgetOldActivities(
  pool: Pool,
  retentionSeconds: number,
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (let last = sliceRows; last === sliceRows && signal?.aborted !== true; removed += last) {
    if (removed > 0) await sleep(pauseBetweenSlicesMilliseconds, undefined, { ref: false });
    const { rowCount } = await pool.query({ ...forgetSlice, values: [retentionSeconds] });
    last = rowCount ?? 0;
  }
  return removed;
}
