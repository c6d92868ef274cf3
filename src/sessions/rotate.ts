import type { ClientBase, Pool } from "pg";
import type { Config } from "../config.js";
import type { RefreshToken } from "./refresh-token.js";
import { rememberedRotations } from "./rotation.js";
import { isLiving, type SessionWithUserRow, sessionAndUserColumns } from "./session-row.js";
import type { TokenTransport } from "./token-transport.js";

/** One row, no indexed column (a HOT update). After a jump all that was skipped counts as replaced. */
const rotation = (source: string, condition: string) => `
  UPDATE sessions s SET
    generation = $3::bigint + 1,
    rotated_at = (array_fill(clock_timestamp(),
      ARRAY[least(${rememberedRotations}, $3::bigint + 1 - $2::bigint)::int]) || s.rotated_at
    )[1:${rememberedRotations}],
    retry_key_hash = CASE WHEN s.retry_key_hash = $5 THEN NULL ELSE $5 END,
    last_used_at = clock_timestamp(),
    last_used_by_ip = $6,
    expires_at = least(clock_timestamp() + $7 * interval '1 second', s.absolute_expires_at)
  FROM ${source}
  WHERE ${condition}
    AND s.id = $1 AND s.generation = $2::bigint AND s.transport = $4
    AND ${isLiving} AND u.id = s.user_id
  RETURNING ${sessionAndUserColumns}`;

/**
 * The one statement of a refresh: one round trip. A rotation need not wait for the disk, because a
 * token that is ahead of the row is honoured (`p > g`); the setting holds for this statement alone,
 * since it runs in its own transaction. The wait for the row is bounded by the pool's lock timeout,
 * well below every window measured from it.
 */
const aloneStatement = {
  name: "rotate-session",
  text: `
    WITH setting AS MATERIALIZED (
      SELECT set_config('synchronous_commit', 'off', true) AS synchronous_commit
    )${rotation("setting, users u", "setting.synchronous_commit = 'off'")}`,
};

/** Without the setting: what is done beside it, such as ending other sessions, must be on the disk. */
const withinStatement = {
  name: "rotate-session-in-transaction",
  text: rotation("users u", "true"),
};

export interface Rotation extends RefreshToken {
  /** The generation that the row must still have. */
  from: number;
  transport: TokenTransport;
  retryKeyHash: Uint8Array | null;
  ip: string | null;
}

const valuesOf = (config: Pick<Config, "refreshTokenTtlSeconds">, rotation: Rotation) => [
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
  config: Pick<Config, "refreshTokenTtlSeconds">,
  rotation: Rotation,
): Promise<SessionWithUserRow | undefined> {
  const values = valuesOf(config, rotation);
  const { rows } = await pool.query<SessionWithUserRow>({ ...aloneStatement, values });
  return rows[0];
}

/** Rotates as part of the caller's transaction; undefined when no row was as expected. */
export async function rotateWithin(
  client: ClientBase,
  config: Pick<Config, "refreshTokenTtlSeconds">,
  rotation: Rotation,
): Promise<SessionWithUserRow | undefined> {
  const values = valuesOf(config, rotation);
  const { rows } = await client.query<SessionWithUserRow>({ ...withinStatement, values });
  return rows[0];
}
