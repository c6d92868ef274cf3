import type { ClientBase, Pool } from "pg";
import type { Config } from "../config.js";
import type { RefreshToken } from "./refresh-token.js";
import { rememberedRotations } from "./rotation.js";
import { isLiving, type SessionWithUserRow, sessionAndUserColumns } from "./session-row.js";
import type { TokenTransport } from "./token-transport.js";

/** Where the statement finds what is asked of it. */
interface Asked {
  id: string;
  from: string;
  generation: string;
  transport: string;
  retryKeyHash: string;
  ip: string;
  /** Seconds. */
  ttl: string;
}

/** One row each, no indexed column (a HOT update). After a jump all that was skipped counts as replaced. */
const rotation = (asked: Asked, source: string, condition: string) => `
  UPDATE sessions s SET
    generation = ${asked.generation} + 1,
    rotated_at = (array_fill(clock_timestamp(),
      ARRAY[least(${rememberedRotations}, ${asked.generation} + 1 - ${asked.from})::int]) || s.rotated_at
    )[1:${rememberedRotations}],
    retry_key_hash = CASE
      WHEN s.retry_key_hash = ${asked.retryKeyHash} THEN NULL ELSE ${asked.retryKeyHash} END,
    last_used_at = clock_timestamp(),
    last_used_by_ip = ${asked.ip},
    expires_at = least(clock_timestamp() + ${asked.ttl} * interval '1 second', s.absolute_expires_at)
  FROM ${source}
  WHERE ${condition}
    AND s.id = ${asked.id} AND s.generation = ${asked.from} AND s.transport = ${asked.transport}
    AND ${isLiving} AND u.id = s.user_id
  RETURNING ${sessionAndUserColumns}`;

const one: Asked = {
  id: "$1",
  from: "$2::bigint",
  generation: "$3::bigint",
  transport: "$4",
  retryKeyHash: "$5",
  ip: "$6",
  ttl: "$7",
};

/**
 * A rotation need not wait for the disk, because a token that is ahead of the row is honoured
 * (`p > g`); the setting holds for the statement alone, since it runs in its own transaction.
 */
const setting = `setting AS MATERIALIZED (
      SELECT set_config('synchronous_commit', 'off', true) AS synchronous_commit
    )`;
const isSet = "setting.synchronous_commit = 'off'";

/**
 * The statement of one refresh. The wait for the row is bounded by the pool's lock timeout, well
 * below every window measured from it.
 */
const aloneStatement = {
  name: "rotate-session",
  text: `
    WITH ${setting}${rotation(one, "setting, users u", isSet)}`,
};

/**
 * The statement of several, each of another session. It waits for no lock: a row that somebody else
 * holds is left out, so that one session never holds up the others. JSON, because the planner
 * guesses its length once for all, where with arrays it would plan each statement anew. The rows are
 * looked for by `= ANY` of an array, because a join is read from the whole table where its statistics
 * are old or the table is small.
 */
const togetherStatement = {
  name: "rotate-sessions",
  text: `
    WITH ${setting},
    asked AS MATERIALIZED (
      SELECT * FROM json_to_recordset($1) AS asked (id uuid, "from" bigint, generation bigint,
        transport varchar, "retryKeyHash" bytea, ip varchar)
    ),
    free AS MATERIALIZED (
      SELECT s.id FROM sessions s WHERE s.id = ANY(ARRAY(SELECT id FROM asked))
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    rotated AS (${rotation(
      {
        id: "asked.id",
        from: 'asked."from"',
        generation: "asked.generation",
        transport: "asked.transport",
        retryKeyHash: 'asked."retryKeyHash"',
        ip: "asked.ip",
        ttl: "$2",
      },
      "setting, asked, users u",
      `${isSet} AND s.id = ANY(ARRAY(SELECT id FROM free))`,
    )})
    SELECT free.id AS "freeId", rotated.* FROM free LEFT JOIN rotated USING (id)`,
};

/** Without the setting: what is done beside it, such as ending other sessions, must be on the disk. */
const withinStatement = {
  name: "rotate-session-in-transaction",
  text: rotation(one, "users u", "true"),
};

export interface Rotation extends RefreshToken {
  /** The generation that the row must still have. */
  from: number;
  transport: TokenTransport;
  retryKeyHash: Uint8Array | null;
  ip: string | null;
}

type Settings = Pick<Config, "refreshTokenTtlSeconds">;

const valuesOf = (config: Settings, rotation: Rotation) => [
  rotation.sessionId,
  rotation.from,
  rotation.generation,
  rotation.transport,
  rotation.retryKeyHash,
  rotation.ip,
  config.refreshTokenTtlSeconds,
];

/** Rotates in a transaction of its own; undefined when no row was as expected. */
export async function rotateAlone(
  pool: Pool,
  config: Settings,
  rotation: Rotation,
): Promise<SessionWithUserRow | undefined> {
  const values = valuesOf(config, rotation);
  const { rows } = await pool.query<SessionWithUserRow>({ ...aloneStatement, values });
  return rows[0];
}

const hex = (bytes: Uint8Array | null) =>
  bytes === null ? null : `\\x${Buffer.from(bytes).toString("hex")}`;

/** A row that nobody else held; without `id`, nothing of it was as expected. */
type FreeRow = { freeId: string } & (SessionWithUserRow | { id: null });

/** By session; undefined where the row was not as expected. */
export type Rotated = Map<string, SessionWithUserRow | undefined>;

/**
 * Rotates each in one transaction of their own.
 *
 * @param rotations of different sessions
 * @returns those whose row nobody else held
 */
export async function rotateTogether(
  pool: Pool | ClientBase,
  config: Settings,
  rotations: readonly Rotation[],
): Promise<Rotated> {
  const asked = rotations.map(({ sessionId, retryKeyHash, ...rest }) => ({
    ...rest,
    id: sessionId,
    retryKeyHash: hex(retryKeyHash),
  }));
  const values = [JSON.stringify(asked), config.refreshTokenTtlSeconds];
  const { rows } = await pool.query<FreeRow>({ ...togetherStatement, values });
  return new Map(rows.map((row) => [row.freeId, row.id === null ? undefined : row]));
}

/** Rotates as part of the caller's transaction; undefined when no row was as expected. */
export async function rotateWithin(
  client: ClientBase,
  config: Settings,
  rotation: Rotation,
): Promise<SessionWithUserRow | undefined> {
  const values = valuesOf(config, rotation);
  const { rows } = await client.query<SessionWithUserRow>({ ...withinStatement, values });
  return rows[0];
}
