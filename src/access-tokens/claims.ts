import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Config } from "../config.js";

const seconds = z.int().min(0);

/**
 * What an access token says (RFC 9068 section 2.2, OpenID Connect Core for `sid`, `amr`,
 * `auth_time` and `email_verified`). No personal data: it lies in the logs of other services.
 */
const claims = z.object({
  iss: z.string(),
  aud: z.string(),
  /** The user's id; never given to anyone else. */
  sub: z.string().min(1),
  /** The session's id. */
  sid: z.string().min(1),
  jti: z.string().min(1),
  /** Seconds since the epoch, by the database's clock; the two after it likewise. */
  iat: seconds,
  exp: seconds,
  auth_time: seconds,
  nbf: seconds.optional(),
  /** How the person signed in (RFC 8176). */
  amr: z.array(z.string()),
  role: z.string().min(1),
  email_verified: z.boolean(),
});

export type AccessTokenClaims = Readonly<z.output<typeof claims>>;

/** @returns undefined where a claim is missing or of another type */
export const parseClaims = (payload: unknown): AccessTokenClaims | undefined =>
  claims.safeParse(payload).data;

/** Who signed in, and how. */
export interface AccessTokenSubject {
  userId: string;
  sessionId: string;
  role: string;
  emailVerified: boolean;
  authenticatedAt: Date;
  amr: readonly string[];
  /** By the database's clock: when the sign-in or the refresh happened. */
  issuedAt: Date;
  /** An access token does not outlive its session (OWASP ASVS 7.3.1, 7.3.2). */
  sessionExpiresAt: Date;
}

type Settings = Pick<Config, "publicUrl" | "accessTokenAudience" | "accessTokenTtlSeconds">;

const inSeconds = (date: Date) => Math.floor(date.getTime() / 1000);

export function claimsOf(subject: AccessTokenSubject, config: Settings): AccessTokenClaims {
  const iat = inSeconds(subject.issuedAt);
  return {
    iss: config.publicUrl,
    aud: config.accessTokenAudience,
    sub: subject.userId,
    sid: subject.sessionId,
    iat,
    exp: Math.min(iat + config.accessTokenTtlSeconds, inSeconds(subject.sessionExpiresAt)),
    jti: randomUUID(),
    auth_time: inSeconds(subject.authenticatedAt),
    amr: [...subject.amr],
    role: subject.role,
    email_verified: subject.emailVerified,
  };
}
