export {
  type AccessTokens,
  openAccessTokens,
  type SignedAccessToken,
} from "./access-tokens.js";
export type { AccessTokenClaims, AccessTokenSubject } from "./claims.js";
export type { PublicJwk } from "./jwk.js";
export type { Verification } from "./verify.js";
