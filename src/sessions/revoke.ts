import validator from "validator";
import type { Member } from "../caller.js";
import { AuthError } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { endSessions } from "./end.js";
import { findSession } from "./find-session.js";
import { SessionEndReason } from "./session-end-reason.js";
import { type SessionRow, sessionColumns, toSession, type VisibleSession } from "./session-row.js";

const logRevoked = (visitor: Visitor, member: Member, sessionIds: string[]) =>
  visitor.log.info(
    { event: "sessions_revoked", userId: member.userId, sessionIds, ip: visitor.ip },
    "sessions revoked",
  );

/**
 * Ends one of the caller's own sessions; once more changes nothing and gives the same answer.
 * @throws {AuthError} NOT_FOUND for anyone else's id as for one that does not exist
 */
export async function revokeSession(
  services: Services,
  { id, member, visitor }: { id: string; member: Member; visitor: Visitor },
): Promise<VisibleSession> {
  if (!validator.isUUID(id)) throw new AuthError("NOT_FOUND");
  const [ended] = await endSessions<SessionRow>(services, {
    reason: SessionEndReason.REVOKED,
    ip: visitor.ip,
    condition: "s.id = $3 AND s.user_id = $4",
    values: [id, member.userId],
    returning: sessionColumns,
  });
  if (ended !== undefined) {
    logRevoked(visitor, member, [id]);
    return toSession(ended, member.sessionId);
  }
  const over = await findSession(services, { id, userId: member.userId }, member.sessionId);
  if (over === undefined) throw new AuthError("NOT_FOUND");
  return over;
}

/** Ends all sessions of the caller's user but the caller's own; returns those that it ended. */
export async function revokeOtherSessions(
  services: Services,
  { member, visitor }: { member: Member; visitor: Visitor },
): Promise<VisibleSession[]> {
  const ended = await endSessions<SessionRow>(services, {
    reason: SessionEndReason.REVOKED,
    ip: visitor.ip,
    condition: "s.user_id = $3 AND s.id <> $4",
    values: [member.userId, member.sessionId],
    returning: sessionColumns,
  });
  logRevoked(
    visitor,
    member,
    ended.map(({ id }) => id),
  );
  return ended.map((row) => toSession(row, member.sessionId));
}
