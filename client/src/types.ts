/**
 * What the API answers, as this package asks for it. A test compares every type here with the one
 * that gql.tada reads from `schema.graphql`. Enums grow: keep a default branch.
 */
export type Role = "USER" | "ADMIN";

/** Where the refresh token travels: in an httpOnly cookie that script cannot read, or in the payload. */
export type TokenTransport = "BODY" | "COOKIE";

export type SessionEndReason =
  | "SIGNED_OUT"
  | "REVOKED"
  | "SESSION_LIMIT"
  | "PASSWORD_CHANGED"
  | "PASSWORD_RESET"
  | "REPORTED"
  | "REUSE_DETECTED"
  | "EXPIRED"
  | "ENDED_BY_ADMIN"
  | "ACCOUNT_DELETED";

/** The signed-in person. Times are ISO 8601. */
export interface User {
  id: string;
  email: string;
  emailVerified: boolean;
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  avatarUrl: string | null;
  role: Role;
  createdAt: string;
  updatedAt: string;
}

/** One signed-in device. */
export interface Session {
  id: string;
  /** True for the session that this browser or app holds. */
  current: boolean;
  /** "Firefox on Linux", or the `deviceName` given at sign-in. */
  device: string;
  userAgent: string | null;
  createdAt: string;
  createdByIp: string | null;
  lastUsedAt: string;
  lastUsedByIp: string | null;
  expiresAt: string;
  absoluteExpiresAt: string;
  /** How often the refresh token has been rotated: orders the answers of one session. */
  rotations: number;
  endedAt: string | null;
  endedByIp: string | null;
  endReason: SessionEndReason | null;
}

export type SessionEventKind = "SESSION_STARTED" | "SESSION_ENDED" | "PROFILE_CHANGED";

/** Something that happened to the signed-in person's account. */
export interface SessionEvent {
  kind: SessionEventKind;
  at: string;
  /** The session that began or ended; null for PROFILE_CHANGED. */
  session: Session | null;
}

/** What sign-in and refresh answer. */
export interface AuthPayload {
  accessToken: string;
  /** Seconds from receipt. */
  expiresIn: number;
  /** Null when it travels in the cookie. */
  refreshToken: string | null;
  user: User;
  session: Session;
}

/** The keeper adds the transport. */
export interface RegisterInput {
  email: string;
  password: string;
  username?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  avatarUrl?: string | null;
  deviceName?: string | null;
}

/** Either `email` or `username`. The keeper adds the transport. */
export type SignInInput = { password: string; deviceName?: string | null } & (
  | { email: string; username?: never }
  | { username: string; email?: never }
);

/** What `register` came to. */
export type Registration =
  | { status: "signedIn"; user: User }
  /** The address waits for the code that was mailed; `verifyEmail` takes the token with it. */
  | { status: "verificationRequired"; verificationToken: string };
