import { createHash, type KeyObject } from "node:crypto";

/** The public half of an ES256 key (RFC 7517, RFC 7518 section 6.2.1). */
export interface EcJwk {
  kty: string;
  crv: string;
  x: string;
  y: string;
}

/** As it stands in the JWKS. */
export interface PublicJwk extends EcJwk {
  kid: string;
  use: "sig";
  alg: "ES256";
}

/** Only the members that are public, by name. */
export function ecJwk(publicKey: KeyObject): EcJwk {
  const { kty = "", crv = "", x = "", y = "" } = publicKey.export({ format: "jwk" });
  return { kty, crv, x, y };
}

/** RFC 7638: SHA-256 of the required members in the order of their names. */
export const thumbprint = ({ crv, kty, x, y }: EcJwk): string =>
  createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
