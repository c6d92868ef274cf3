import jwt from "jsonwebtoken";
import type { AccessTokenClaims } from "./claims.js";
import type { Signer } from "./key-set.js";
import { withLowS } from "./low-s.js";

/** RFC 7519 section 7.1. */
export function signToken(claims: AccessTokenClaims, { header, key }: Signer): string {
  const token = jwt.sign(claims, key, { algorithm: header.alg, header });
  return header.alg === "ES256" ? withLowS(token) : token;
}
