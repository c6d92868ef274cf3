import type { Member } from "../caller.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { endSessions } from "./end.js";
import { SessionEndReason } from "./session-end-reason.js";
import { isLiving } from "./session-row.js";
import type { TokenTransport } from "./token-transport.js";

export interface SignOutRequest {
  /** Whatever refresh tokens came along; those that are not genuine count as none. */
  refreshTokens: readonly { text: string; transport: TokenTransport }[];
  /** Who the access token says is calling, if it is good. */
  member: Member | undefined;
  everywhere: boolean;
  visitor: Visitor;
}

/** The sessions that the request itself speaks for. */
const named =
  "(s.id, s.transport::text) IN (SELECT * FROM unnest($3::uuid[], $4::text[])) OR s.id = $5::uuid";

/** All of their users'. SECURITY: a token of a session that is over speaks for nobody else. */
const allOfTheirUsers = `s.user_id IN (SELECT s.user_id FROM sessions s WHERE (${named}) AND ${isLiving})`;

/**
 * Ends the session of the refresh tokens (any genuine ones, also rotated) or, without one, of the
 * access token; with `everywhere` all sessions of their users. Nothing to end is no error.
 */
export async function signOut(services: Services, request: SignOutRequest): Promise<void> {
  const { member, everywhere, visitor } = request;
  const tokens = request.refreshTokens.flatMap(({ text, transport }) => {
    const token = services.refreshTokens.open(text);
    return token === undefined ? [] : [{ sessionId: token.sessionId, transport }];
  });
  if (tokens.length === 0 && member === undefined) return;
  const ended = await endSessions(services, {
    reason: SessionEndReason.SIGNED_OUT,
    ip: visitor.ip,
    condition: everywhere ? `(${named} OR ${allOfTheirUsers})` : `(${named})`,
    values: [
      tokens.map(({ sessionId }) => sessionId),
      tokens.map(({ transport }) => transport),
      tokens.length === 0 ? member?.sessionId : null,
    ],
  });
  const sessionIds = ended.map(({ id }) => id);
  visitor.log.info({ event: "signed_out", sessionIds, everywhere, ip: visitor.ip }, "signed out");
}
