import type { ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import type { FastifyInstance } from "fastify";

/** What a newcomer finds in the editor. */
export const exampleOperations = `# Welcome to Gatehouse. Run these from top to bottom.

mutation Register {
  register(input: { email: "linus@example.com", password: "correct horse battery", transport: COOKIE }) {
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

const cdn = (name: string) => `https://${name}.cdn.apollographql.com`;

/**
 * What the page of Apollo Server 5 loads, no more: its script, its styles and pictures, the frame
 * with the editor; from us, the operations that are tried. The page brings a policy with a nonce for
 * its inline parts in a meta element, and both policies count.
 */
const sandboxPolicy = [
  "default-src 'none'",
  `script-src 'unsafe-inline' ${cdn("embeddable-sandbox")}`,
  `style-src 'unsafe-inline' ${cdn("embeddable-sandbox")} https://fonts.googleapis.com`,
  "font-src https://fonts.gstatic.com",
  `img-src 'self' ${cdn("apollo-server-landing-page")}`,
  `manifest-src ${cdn("apollo-server-landing-page")}`,
  "frame-src https://sandbox.embed.apollographql.com",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** On that answer alone: also the window that the editor opens for a sign-in at Apollo. */
export function loosenPolicyForSandbox(app: FastifyInstance): void {
  app.addHook("onSend", async (request, reply) => {
    const isPage = String(reply.getHeader("content-type")).startsWith("text/html");
    if (request.method !== "GET" || request.routeOptions.url !== "/graphql" || !isPage) return;
    reply.header("content-security-policy", sandboxPolicy);
    reply.header("cross-origin-opener-policy", "unsafe-none");
  });
}
