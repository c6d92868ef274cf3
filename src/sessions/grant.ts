import type { VisibleUser } from "../accounts/visible-user.js";
import type { Services } from "../services.js";
import { type SessionWithUserRow, toSession, toUser, type VisibleSession } from "./session-row.js";

/** What a client gets once it has been let in; the door decides how the refresh token travels. */
export interface Grant {
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
  refreshToken: string;
  /** Seconds. */
  refreshExpiresIn: number;
  user: VisibleUser;
  session: VisibleSession;
}

/** @param issuedAt by the database's clock: when the sign-in or the rotation happened. */
export function grant(
  { accessTokens, refreshTokens }: Pick<Services, "accessTokens" | "refreshTokens">,
  row: SessionWithUserRow,
  issuedAt: Date,
): Grant {
  const session = toSession(row, row.id);
  const user = toUser(row);
  return {
    ...accessTokens.sign({
      userId: user.id,
      sessionId: row.id,
      role: user.role,
      emailVerified: user.emailVerified,
      authenticatedAt: row.createdAt,
      amr: row.amr,
      issuedAt,
      sessionExpiresAt: row.expiresAt,
    }),
    refreshToken: refreshTokens.issue({ sessionId: row.id, generation: session.rotations }),
    refreshExpiresIn: Math.max(0, Math.round((row.expiresAt.getTime() - row.now.getTime()) / 1000)),
    user,
    session,
  };
}
