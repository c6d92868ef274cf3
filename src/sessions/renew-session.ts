import type { ClientBase } from "pg";
import type { Member } from "../caller.js";
import type { Config } from "../config.js";
import { unauthenticated } from "../errors/auth-error.js";
import type { Visitor } from "../visitor.js";
import { hashRetryKeys } from "./retry-key.js";
import { rotateWithin } from "./rotate.js";
import type { SessionWithUserRow } from "./session-row.js";
import type { TokenTransport } from "./token-transport.js";

export interface Renewal {
  member: Member;
  /** Checked already (`checkRetryKeys`). */
  retryKey?: string | null;
  visitor: Visitor;
  /** Throws where the caller may not have a session of that transport; nothing is then changed. */
  admit(transport: TokenTransport): void;
}

/**
 * Fresh tokens for the caller's session, inside the transaction of what calls for them, by the one
 * rotation. The caller has an access token and no refresh token, so that the generation is the
 * row's own; all sessions of the user are locked, in the order of their ids, for what is to follow.
 *
 * @throws {AuthError} UNAUTHENTICATED when the session is over
 */
export async function renewSession(
  client: ClientBase,
  config: Config,
  { member, retryKey, visitor, admit }: Renewal,
): Promise<SessionWithUserRow> {
  const { sessionId, userId } = member;
  const { rows } = await client.query<{
    id: string;
    generation: string;
    transport: TokenTransport;
  }>(
    `SELECT s.id, s.generation, s.transport FROM sessions s
     WHERE s.user_id = $1 AND s.ended_at IS NULL ORDER BY s.id FOR UPDATE`,
    [userId],
  );
  const own = rows.find(({ id }) => id === sessionId);
  if (own === undefined) throw unauthenticated("SESSION_ENDED");
  admit(own.transport);
  const generation = Number(own.generation);
  const { retryKeyHash } = hashRetryKeys(sessionId, { retryKey });
  const renewed = await rotateWithin(client, config, {
    sessionId,
    from: generation,
    generation,
    transport: own.transport,
    retryKeyHash,
    ip: visitor.ip,
  });
  if (renewed === undefined) throw unauthenticated("SESSION_ENDED");
  return renewed;
}
