import { AuthError, overloaded } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { endSessions } from "./end.js";
import { type Grant, grant } from "./grant.js";
import type { RefreshToken } from "./refresh-token.js";
import { checkRetryKeys, hashRetryKeys, type RetryKeys } from "./retry-key.js";
import { decideRotation, type Presentation, rememberedRotations } from "./rotation.js";
import { SessionEndReason } from "./session-end-reason.js";
import { isLiving, type SessionWithUserRow, sessionAndUserColumns } from "./session-row.js";
import type { TokenTransport } from "./token-transport.js";

/** Lost to a race so often, a request is told to come again. */
const maxTries = 3;

/**
 * The one statement of a refresh: one round trip, one row, no indexed column (a HOT update).
 *
 * A rotation need not wait for the disk, because a token that is ahead of the row is honoured
 * (`p > g`); the setting holds for this statement alone, since it runs in its own transaction.
 * After a jump every generation that was skipped counts as replaced at that moment. The wait for
 * the row is bounded by the pool's lock timeout, well below every window measured from it.
 */
const rotateStatement = {
  name: "rotate-session",
  text: `
    WITH setting AS MATERIALIZED (
      SELECT set_config('synchronous_commit', 'off', true) AS synchronous_commit
    )
    UPDATE sessions s SET
      generation = $3::bigint + 1,
      rotated_at = (array_fill(clock_timestamp(),
        ARRAY[least(${rememberedRotations}, $3::bigint + 1 - $2::bigint)::int]) || s.rotated_at
      )[1:${rememberedRotations}],
      retry_key_hash = CASE WHEN s.retry_key_hash = $5 THEN NULL ELSE $5 END,
      last_used_at = clock_timestamp(),
      last_used_by_ip = $6,
      expires_at = least(clock_timestamp() + $7 * interval '1 second', s.absolute_expires_at)
    FROM setting, users u
    WHERE setting.synchronous_commit = 'off'
      AND s.id = $1 AND s.generation = $2::bigint AND s.transport = $4
      AND ${isLiving} AND u.id = s.user_id
    RETURNING ${sessionAndUserColumns}`,
};

const readStatement = {
  name: "read-session-for-rotation",
  text: `SELECT ${sessionAndUserColumns} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1`,
};

export interface RefreshRequest extends RetryKeys {
  /** As it was sent; undefined where none was. */
  refreshToken: string | undefined;
  /** The way on which it came. */
  transport: TokenTransport;
  visitor: Visitor;
}

/** A request whose token is genuine. */
type GenuineRequest = RefreshRequest & { token: RefreshToken; presented: Presentation };

const refused = (request: RefreshRequest, reason: string, sessionId?: string) => {
  request.visitor.log.info(
    { event: "refresh_refused", reason, sessionId, ip: request.visitor.ip },
    "refresh refused",
  );
  return new AuthError("INVALID_REFRESH_TOKEN");
};

/** The MAC is checked first: a token that we did not make costs no database read. */
function authenticate(services: Services, request: RefreshRequest): GenuineRequest {
  checkRetryKeys(request);
  if (request.refreshToken === undefined) throw refused(request, "MISSING");
  const token = services.refreshTokens.open(request.refreshToken);
  if (token === undefined) throw refused(request, "NOT_OURS");
  const { generation, sessionId } = token;
  const { transport } = request;
  return {
    ...request,
    token,
    presented: { generation, transport, ...hashRetryKeys(sessionId, request) },
  };
}

/** @param from the generation that the row must still have. */
async function rotate(
  { pool, config }: Services,
  { token, transport, presented, visitor }: GenuineRequest,
  from: number,
): Promise<SessionWithUserRow | undefined> {
  const { rows } = await pool.query<SessionWithUserRow>({
    ...rotateStatement,
    values: [
      token.sessionId,
      from,
      token.generation,
      transport,
      presented.retryKeyHash,
      visitor.ip,
      config.refreshTokenTtlSeconds,
    ],
  });
  return rows[0];
}

/** SECURITY: the end is committed before the error is thrown, so that it survives it. */
async function endForReuse(services: Services, request: GenuineRequest): Promise<AuthError> {
  const { sessionId } = request.token;
  await endSessions(services, {
    reason: SessionEndReason.REUSE_DETECTED,
    ip: request.visitor.ip,
    condition: "s.id = $3",
    values: [sessionId],
  });
  request.visitor.log.warn(
    { event: "refresh_token_reused", sessionId, ip: request.visitor.ip },
    "a used refresh token came back: the session is ended",
  );
  return new AuthError("INVALID_REFRESH_TOKEN");
}

/**
 * What to do with a token that the statement did not match.
 * @returns the grant, or undefined when the row has moved meanwhile and wants another look
 */
async function decide(services: Services, request: GenuineRequest): Promise<Grant | undefined> {
  const { pool, config } = services;
  const { sessionId } = request.token;
  const read = await pool.query<SessionWithUserRow>({ ...readStatement, values: [sessionId] });
  const row = read.rows[0];
  if (row === undefined) throw refused(request, "UNKNOWN_SESSION", sessionId);
  const generation = Number(row.generation);
  const decision = decideRotation({ ...row, generation }, request.presented, row.now, {
    tabWindowSeconds: config.refreshTabWindowSeconds,
    lateWindowSeconds: config.refreshLateWindowSeconds,
  });
  switch (decision.kind) {
    case "rotate":
      return undefined;
    case "jump": {
      const jumped = await rotate(services, request, generation);
      return jumped && grant(services, jumped, jumped.lastUsedAt);
    }
    case "replay":
      request.visitor.log.info(
        { event: "refresh_replayed", by: decision.by, sessionId },
        "refresh",
      );
      return grant(services, row, row.now);
    case "late":
      request.visitor.log.info({ event: "refresh_late", sessionId }, "refresh came late");
      throw overloaded(decision.retryAfterSeconds);
    case "reuse":
      throw await endForReuse(services, request);
    case "refuse":
      throw refused(request, decision.reason, sessionId);
  }
}

/**
 * Takes a refresh token for the next one and a fresh access token.
 *
 * @throws {AuthError} INVALID_REFRESH_TOKEN, one face for every refusal; OVERLOADED when the
 *   request came late or lost too many races; BAD_USER_INPUT for a malformed retry key
 */
export async function refresh(services: Services, request: RefreshRequest): Promise<Grant> {
  const genuine = authenticate(services, request);
  for (let tries = 0; tries < maxTries; tries++) {
    const row = await rotate(services, genuine, genuine.token.generation);
    if (row !== undefined) return grant(services, row, row.lastUsedAt);
    const decided = await decide(services, genuine);
    if (decided !== undefined) return decided;
  }
  throw overloaded();
}
