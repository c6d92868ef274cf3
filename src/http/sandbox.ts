import type { ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import type { FastifyInstance } from "fastify";

/** What a newcomer finds in the editor. */
export const exampleOperations = `# Welcome to Gatehouse. Run these from top to bottom.

mutation Register {
  register(input: { email: "ada@example.com", password: "correct horse battery", transport: COOKIE }) {
    auth { accessToken expiresIn user { id email } session { id device } }
  }
}

# Then put {"Authorization": "Bearer <accessToken>"} under Headers.
query Me {
  me { id email role createdAt }
}

query MySessions {
  mySessions { id device current lastUsedAt rotations }
}

# Takes the cookie of Register; with transport BODY hand the token over as an argument.
mutation Refresh {
  refreshToken { accessToken session { rotations } }
}

mutation Logout {
  logout
}
`;

/** Apollo Sandbox at GET /graphql, where people develop. */
export const landingPage = (inProduction: boolean): ApolloServerPlugin =>
  inProduction
    ? ApolloServerPluginLandingPageDisabled()
    : ApolloServerPluginLandingPageLocalDefault({
        embed: { runTelemetry: false },
        includeCookies: true,
        document: exampleOperations,
      });

/**
 * The page brings a policy with a nonce of its own in a meta element, so that this one only has to
 * let it load from Apollo's hosts. On that answer alone.
 */
const sandboxPolicy = [
  "default-src 'self' https://*.apollographql.com",
  "script-src 'self' 'unsafe-inline' https://*.apollographql.com",
  "style-src 'self' 'unsafe-inline' https://*.apollographql.com https://fonts.googleapis.com",
  "font-src https://fonts.gstatic.com",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function loosenPolicyForSandbox(app: FastifyInstance): void {
  app.addHook("onSend", async (request, reply) => {
    const isPage = String(reply.getHeader("content-type")).startsWith("text/html");
    if (request.method !== "GET" || request.routeOptions.url !== "/graphql" || !isPage) return;
    reply.header("content-security-policy", sandboxPolicy);
    reply.header("cross-origin-embedder-policy", "unsafe-none");
    reply.header("cross-origin-opener-policy", "unsafe-none");
  });
}
