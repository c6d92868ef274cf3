import { createHash } from "node:crypto";
import jwt from "jsonwebtoken";
import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.js";
import type { Config } from "../config.js";
import type { UnauthenticatedReason } from "../errors/codes.js";
import { type AccessTokenClaims, parseClaims } from "./claims.js";
import type { KeySet } from "./key-set.js";
import { hasLowS } from "./low-s.js";

export type Verification =
  | { ok: true; claims: AccessTokenClaims }
  /** EXPIRED only for a token that was genuine. */
  | { ok: false; reason: Extract<UnauthenticatedReason, "EXPIRED" | "INVALID"> };

/** Clocks of replicas differ a little; RFC 7519 section 4.1.4 allows for it. */
export const clockSkewSeconds = 5;

/** Ours have some 600 characters. */
const longestToken = 4096;
/** About a kilobyte each. */
const rememberedTokens = 10_000;

const invalid: Verification = { ok: false, reason: "INVALID" };
const expired: Verification = { ok: false, reason: "EXPIRED" };

/**
 * SECURITY: the last letter of a segment has bits that decoding drops, so that several texts would
 * stand for one signature; only the one that encoding gives is taken (RFC 4648 section 3.5).
 */
const isCanonical = (segment: string) =>
  Buffer.from(segment, "base64url").toString("base64url") === segment;

/** The payload of a token that is ours; undefined for any other. */
function openToken(token: string, keys: KeySet, config: Settings): unknown {
  const segments = token.split(".");
  const key = keys.verifierOf(segments[0] ?? "");
  if (segments.length !== 3 || key === undefined || !segments.every(isCanonical)) return undefined;
  if (keys.algorithm === "ES256" && !hasLowS(token)) return undefined;
  try {
    return jwt.verify(token, key, {
      algorithms: [keys.algorithm],
      issuer: config.publicUrl,
      audience: config.accessTokenAudience,
      // Judged below, for remembered tokens as for new ones.
      ignoreExpiration: true,
      ignoreNotBefore: true,
    });
  } catch {
    return undefined;
  }
}

function judgeTime(claims: AccessTokenClaims, nowSeconds: number): Verification {
  if (nowSeconds >= claims.exp + clockSkewSeconds) return expired;
  if (claims.nbf !== undefined && nowSeconds < claims.nbf - clockSkewSeconds) return invalid;
  return { ok: true, claims };
}

type Settings = Pick<Config, "publicUrl" | "accessTokenAudience">;

export interface VerifierParts {
  /** The keys that are good now. */
  keys: () => KeySet;
  clock: Clock;
  config: Settings;
}

/**
 * Checks access tokens (RFC 9068 section 4): synchronous, without a database read, never throws.
 * A genuine token is remembered by its SHA-256 and its signature not checked again; its time is.
 */
export function createVerifier({ keys, clock, config }: VerifierParts) {
  const remembered = new LRUCache<string, AccessTokenClaims>({ max: rememberedTokens });
  let rememberedUnder = keys();

  const claimsOf = (token: string): AccessTokenClaims | undefined => {
    // A key that is gone takes along what it has signed.
    if (rememberedUnder !== keys()) remembered.clear();
    rememberedUnder = keys();
    const digest = createHash("sha256").update(token).digest("base64");
    const known = remembered.get(digest);
    if (known !== undefined) return known;
    const claims = parseClaims(openToken(token, rememberedUnder, config));
    if (claims !== undefined) remembered.set(digest, claims);
    return claims;
  };

  return (token: string): Verification => {
    if (token.length > longestToken) return invalid;
    const claims = claimsOf(token);
    return claims === undefined ? invalid : judgeTime(claims, clock.now() / 1000);
  };
}
