import type { Pool } from "pg";
import type { Clock } from "../clock.js";
import type { Config } from "../config.js";
import type { Log } from "../log.js";
import { keyRing } from "../secrets.js";
import { type AccessTokenSubject, claimsOf } from "./claims.js";
import type { PublicJwk } from "./jwk.js";
import { type KeySet, sharedSecretKeySet } from "./key-set.js";
import { type ManagedKeys, openManagedKeys } from "./managed-keys.js";
import { signToken } from "./sign.js";
import { createVerifier, type Verification } from "./verify.js";

export interface SignedAccessToken {
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
}

/** The pass: JSON Web Tokens for access, RFC 9068, without its `client_id` as there are no clients. */
export interface AccessTokens {
  sign(subject: AccessTokenSubject): SignedAccessToken;

  /**
   * Synchronous, no database read, never throws. Whether the session has ended since is asked of
   * the revocation room. `exp` and `nbf` have 5 seconds of leeway.
   *
   * @param token as it came, anything at all
   */
  verify(token: string): Verification;

  /** RFC 7517, for other services; empty where tokens are signed with a shared secret. */
  jwks(): { keys: readonly PublicJwk[] };

  /** Reads the keys anew, as happens every five minutes; never fails. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

type Settings = Pick<
  Config,
  | "accessTokenAudience"
  | "accessTokenSecret"
  | "accessTokenTtlSeconds"
  | "authSecrets"
  | "publicUrl"
>;

/** A shared secret is never reloaded: it is a setting. */
function fixed(keySet: KeySet): ManagedKeys {
  const nothing = async () => undefined;
  return { current: () => keySet, reload: nothing, close: nothing };
}

/**
 * Opens the signing keys: those of the database, of which the first is made where there is none, or
 * the one of ACCESS_TOKEN_SECRET.
 *
 * To change the keys at once after a leak: empty the table `signing_keys` and restart all replicas.
 */
export async function openAccessTokens(parts: {
  config: Settings;
  pool: Pool;
  clock: Clock;
  log: Log;
}): Promise<AccessTokens> {
  const { config, pool, clock, log } = parts;
  const ring = keyRing(config.authSecrets, "signingKeyEncryption");
  const keys =
    config.accessTokenSecret === undefined
      ? await openManagedKeys(pool, ring, log)
      : fixed(sharedSecretKeySet(config.accessTokenSecret));

  return {
    sign(subject) {
      const signer = keys.current().signerAt(subject.issuedAt);
      const claims = claimsOf(subject, config);
      return {
        accessToken: signToken(claims, signer),
        expiresIn: claims.exp - claims.iat,
      };
    },
    verify: createVerifier({ keys: keys.current, clock, config }),
    jwks: () => ({ keys: keys.current().jwks }),
    reload: keys.reload,
    close: keys.close,
  };
}
