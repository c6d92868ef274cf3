import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign as signBytes,
} from "node:crypto";
import { claimsOf } from "../../src/access-tokens/claims.js";
import { ecJwk, thumbprint } from "../../src/access-tokens/jwk.js";
import type { ManagedKey } from "../../src/access-tokens/key-set.js";
import { withLowS } from "../../src/access-tokens/low-s.js";

export const config = {
  publicUrl: "https://login.example.com",
  accessTokenAudience: "gatehouse",
  accessTokenTtlSeconds: 900,
};

export const subject = (changes: object = {}) => ({
  userId: randomUUID(),
  sessionId: randomUUID(),
  role: "USER",
  emailVerified: false,
  authenticatedAt: new Date(Date.now() - 60_000),
  amr: ["pwd"],
  issuedAt: new Date(),
  sessionExpiresAt: new Date(Date.now() + 2_592_000_000),
  ...changes,
});

export function makeManagedKey(signsFrom = new Date(0)): ManagedKey {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = createPublicKey(privateKey);
  const jwk = ecJwk(publicKey);
  const kid = thumbprint(jwk);
  return {
    kid,
    signsFrom,
    privateKey,
    publicKey,
    jwk: { ...jwk, kid, use: "sig", alg: "ES256" },
  };
}

export const newSecret = () => randomBytes(32);

export type Fields = Record<string, unknown>;

/** The claims of a genuine token, for forgers to start from. */
export const genuineClaims = (): Fields => ({ ...claimsOf(subject(), config) });

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");

export const es256 = (key: KeyObject) => (input: string) =>
  withLowS(
    signBytes("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString(
      "base64url",
    ),
  );

export const hs256 = (secret: string | Buffer | KeyObject) => (input: string) =>
  createHmac("sha256", secret).update(input).digest("base64url");

/** Made by hand, so that it can be made wrong. */
export function forge(header: Fields, claims: unknown, sign: (input: string) => string): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign(input)}`;
}
