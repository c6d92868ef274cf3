import { inTransaction } from "../database/transaction.js";
import { AuthError, overloaded } from "../errors/auth-error.js";
import { clientNetwork } from "../limits/client-network.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { endReused } from "./end-reused.js";
import { type Grant, grant } from "./grant.js";
import type { RefreshToken } from "./refresh-token.js";
import { checkRetryKeys, hashRetryKeys, type RetryKeys } from "./retry-key.js";
import { decideRotation, type Presentation, type RotationDecision } from "./rotation.js";
import type { Session } from "./session.entity.js";
import { type SessionWithUserRow, sessionAndUserColumns } from "./session-row.js";
import type { TokenTransport } from "./token-transport.js";

/** Lost to a race so often, a request is told to come again. */
const maxTries = 3;

/** With what the statement of a rotation decides by. */
type DecisionRow = SessionWithUserRow & Pick<Session, "rotatedAt" | "retryKeyHash">;

const readStatement = {
  name: "read-session-for-rotation",
  text: `SELECT s.rotated_at AS "rotatedAt", s.retry_key_hash AS "retryKeyHash", ${sessionAndUserColumns}
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1`,
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

/**
 * The MAC is checked first: a token that we did not make costs no database read. Nobody guesses one,
 * so that what is counted by the client address holds up no token that is genuine.
 */
async function authenticate(services: Services, request: RefreshRequest): Promise<GenuineRequest> {
  checkRetryKeys(request);
  if (request.refreshToken === undefined) throw refused(request, "MISSING");
  const token = services.refreshTokens.open(request.refreshToken);
  const { limits } = services;
  if (token === undefined) {
    await limits.refusedRefreshes.take(clientNetwork(request.visitor.ip));
    throw refused(request, "NOT_OURS");
  }
  await limits.refreshes.take(token.sessionId);
  // SECURITY: also when the database has forgotten it in a fail-over.
  if (services.endedSessions.has(token.sessionId)) throw refused(request, "ENDED", token.sessionId);
  const { generation, sessionId } = token;
  const { transport } = request;
  return {
    ...request,
    token,
    presented: { generation, transport, ...hashRetryKeys(sessionId, request) },
  };
}

/** @param from the generation that the row must still have. */
const rotate = (
  { rotations }: Services,
  { token, transport, presented, visitor }: GenuineRequest,
  from: number,
): Promise<SessionWithUserRow | undefined> =>
  rotations.rotate({
    ...token,
    from,
    transport,
    retryKeyHash: presented.retryKeyHash,
    ip: visitor.ip,
  });

/** SECURITY: the end is committed before the error is thrown, so that it survives it. */
async function endForReuse(services: Services, request: GenuineRequest): Promise<AuthError> {
  const { sessionId } = request.token;
  const ended = await inTransaction(services.pool, (client) =>
    endReused(client, services, { sessionId, visitor: request.visitor }),
  );
  services.endedSessions.add(ended);
  request.visitor.log.warn(
    { event: "refresh_token_reused", sessionId, ip: request.visitor.ip },
    "a used refresh token came back: the session is ended",
  );
  return new AuthError("INVALID_REFRESH_TOKEN");
}

/** The most frequent event by far: for those who ask for it (LOG_LEVEL=debug). */
const logRefreshed = ({ visitor }: GenuineRequest, { id, userId }: SessionWithUserRow) =>
  visitor.log.debug(
    { event: "refreshed", userId, sessionId: id, ip: visitor.ip },
    "tokens renewed",
  );

/** Replays by the tab window apart: who sees many of them sees simple clients, or a thief. */
const decisionLabel = (decision: RotationDecision) =>
  decision.kind === "replay" ? (`replay-by-${decision.by}` as const) : decision.kind;

/**
 * What to do with a token that the statement did not match.
 * @returns the grant, or undefined when the row has moved meanwhile and wants another look
 */
async function decide(services: Services, request: GenuineRequest): Promise<Grant | undefined> {
  const { pool, config, limits } = services;
  const { sessionId } = request.token;
  await limits.replays.take(sessionId);
  const read = await pool.query<DecisionRow>({ ...readStatement, values: [sessionId] });
  const row = read.rows[0];
  if (row === undefined) throw refused(request, "UNKNOWN_SESSION", sessionId);
  const generation = Number(row.generation);
  const decision = decideRotation({ ...row, generation }, request.presented, row.now, {
    tabWindowSeconds: config.refreshTabWindowSeconds,
    lateWindowSeconds: config.refreshLateWindowSeconds,
  });
  if (decision.kind === "rotate") return undefined;
  services.metrics.rotations.count(decisionLabel(decision));
  switch (decision.kind) {
    case "jump": {
      const jumped = await rotate(services, request, generation);
      if (jumped !== undefined) logRefreshed(request, jumped);
      return jumped && grant(services, jumped, jumped.lastUsedAt);
    }
    case "replay":
      request.visitor.log.info(
        { event: "refresh_replayed", by: decision.by, sessionId, ip: request.visitor.ip },
        "answered again",
      );
      return grant(services, row, row.now);
    case "late":
      request.visitor.log.info(
        { event: "refresh_late", sessionId, ip: request.visitor.ip },
        "refresh came late",
      );
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
 *   request came late or lost too many races; RATE_LIMITED; BAD_USER_INPUT for a malformed retry key
 */
export async function refresh(services: Services, request: RefreshRequest): Promise<Grant> {
  const genuine = await authenticate(services, request);
  for (let tries = 0; tries < maxTries; tries++) {
    const row = await rotate(services, genuine, genuine.token.generation);
    if (row !== undefined) {
      services.metrics.rotations.count("rotate");
      logRefreshed(genuine, row);
      return grant(services, row, row.lastUsedAt);
    }
    const decided = await decide(services, genuine);
    if (decided !== undefined) return decided;
  }
  throw overloaded();
}
