import type { FastifyInstance } from "fastify";
import { AuthError } from "../errors/auth-error.js";
import type { AccessTokens } from "./index.js";

/** Seconds for which other services keep the keys; a new key is published longer before it signs. */
const jwksMaxAgeSeconds = 300;

/** `GET /.well-known/jwks.json` (RFC 7517): the keys with which others check access tokens. */
export function addJwks(app: FastifyInstance, accessTokens: AccessTokens): void {
  // Anybody's page may read the keys, but without credentials: the list of CORS_ORIGINS is not asked.
  app.get("/.well-known/jwks.json", { config: { cors: false } }, async (_request, reply) => {
    const jwks = accessTokens.jwks();
    // A shared secret (HS256) has nothing to publish.
    if (jwks.keys.length === 0) throw new AuthError("NOT_FOUND");
    return reply
      .header("cache-control", `public, max-age=${jwksMaxAgeSeconds}`)
      .header("access-control-allow-origin", "*")
      .type("application/jwk-set+json")
      .send(JSON.stringify(jwks));
  });
}
