import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, QueryResult } from "pg";
import type { Config } from "../config.js";
import { rememberSeconds } from "../revocation/remembered.js";
import { endedSessionsShownDays } from "./list.js";

const sliceRows = 1000;
const pauseBetweenSlicesMilliseconds = 50;

/** Long enough for the session list, and for access tokens that outlive their session's end. */
export const keepEndedSeconds = (config: Pick<Config, "accessTokenTtlSeconds">) =>
  Math.max(endedSessionsShownDays * 86_400, rememberSeconds(config));

/**
 * One slice along the primary key: idle expiry moves with every refresh and so has no index.
 * SKIP LOCKED lets several replicas, and a refresh in flight, pass each other.
 */
const purgeSlice = {
  name: "purge-sessions",
  text: `
    WITH slice AS (
      SELECT s.id, least(s.ended_at, s.expires_at, s.absolute_expires_at)
          < clock_timestamp() - $2 * interval '1 second' AS is_over
      FROM sessions s WHERE s.id > $1 ORDER BY s.id LIMIT ${sliceRows}
    ), locked AS (
      SELECT s.id FROM sessions s JOIN slice USING (id) WHERE slice.is_over
      FOR UPDATE OF s SKIP LOCKED
    ), gone AS (
      DELETE FROM sessions s USING locked WHERE s.id = locked.id RETURNING s.id
    )
    SELECT (SELECT count(*)::int FROM gone) AS removed,
      (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS last`,
};

interface Slice {
  removed: number;
  last: string | null;
}

const firstId = "00000000-0000-0000-0000-000000000000";

/**
 * Walks all sessions once and removes those that were over for longer than `keepSeconds`.
 * @returns how many it removed
 */
export async function purgeSessions(
  pool: Pool,
  keepSeconds: number,
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  let after: string | null = firstId;
  while (after !== null && signal?.aborted !== true) {
    const slice: QueryResult<Slice> = await pool.query<Slice>({
      ...purgeSlice,
      values: [after, keepSeconds],
    });
    removed += slice.rows[0]?.removed ?? 0;
    after = slice.rows[0]?.last ?? null;
    if (after !== null) await sleep(pauseBetweenSlicesMilliseconds, undefined, { ref: false });
  }
  return removed;
}
