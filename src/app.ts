import { randomUUID } from "node:crypto";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import fastifyCookie from "@fastify/cookie";
import fastifyCors from "@fastify/cors";
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { DataSource } from "typeorm";
import { addJwks } from "./access-tokens/jwks.route.js";
import type { Clock } from "./clock.js";
import type { Config } from "./config.js";
import { createContextBuilder } from "./context.js";
import { AuthError } from "./errors/auth-error.js";
import { createGraphqlServer } from "./graphql-server.js";
import { addDrain } from "./http/drain.js";
import { answerInGraphqlForm } from "./http/graphql-errors.js";
import { addHealth } from "./http/health.js";
import { createOrigins } from "./http/origins.js";
import { logRequests } from "./http/request-log.js";
import { loosenPolicyForSandbox } from "./http/sandbox.js";
import { addSecurityHeaders } from "./http/security-headers.js";
import { serverLimits } from "./http/server-limits.js";
import { createLogger } from "./log.js";
import { createSchema } from "./schema.js";
import { openServices } from "./services.js";
import { startPurge } from "./sessions/purge.js";
import { createRefreshCookie } from "./sessions/refresh-cookie.js";

export interface AppParts {
  config: Config;
  /** Initialised and migrated; stays the caller's to close. */
  database: DataSource;
  clock: Clock;
  /** Where the log goes; to standard output otherwise. */
  logger?: Logger;
}

/** Browsers of these origins alone, named exactly, also with credentials (OWASP ASVS 3.4.2). */
const corsOptions = (isAllowed: (origin: string) => boolean) => ({
  origin: (origin: string | undefined, answer: (error: null, allow: boolean) => void) =>
    answer(null, origin !== undefined && isAllowed(origin)),
  credentials: true,
  methods: ["GET", "POST"],
  allowedHeaders: ["authorization", "content-type", "apollo-require-preflight"],
  exposedHeaders: ["retry-after", "x-request-id"],
  maxAge: 7200,
});

/** Builds the whole service. Never listens, never reads the environment. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, database, clock, logger = createLogger(config) } = parts;
  const services = await openServices({ config, database, clock, log: logger });
  const apollo = createGraphqlServer(await createSchema(), config);
  await apollo.start();

  const app: FastifyInstance = Fastify({
    ...serverLimits,
    loggerInstance: logger as FastifyBaseLogger,
    disableRequestLogging: true,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    return503OnClosing: false,
  });
  const origins = createOrigins(config);
  const cookie = createRefreshCookie(config.publicUrl);

  answerInGraphqlForm(app);
  await addSecurityHeaders(app, config);
  const { isDraining } = addDrain(app);
  logRequests(app);
  await app.register(fastifyCookie);
  await app.register(fastifyCors, corsOptions(origins.isAllowed));
  if (!config.production) loosenPolicyForSandbox(app);

  const context = createContextBuilder({ services, cookie, origins });
  app.route({
    url: "/graphql",
    method: ["GET", "POST"],
    // SECURITY: a request that carries the cookie is somebody's session (OWASP ASVS 3.5.1).
    preHandler: async (request) => {
      const carriesCookie = cookie.read(request) !== undefined;
      if (request.method === "POST" && carriesCookie && !origins.mayUseCookie(request.headers))
        throw new AuthError("FORBIDDEN");
    },
    handler: fastifyApolloHandler(apollo, {
      context: async (request, reply) => context(request, reply),
    }),
  });
  addJwks(app, services.accessTokens);
  addHealth(app, services.pool, isDraining);

  const purge = startPurge(services.pool, config, logger);
  app.addHook("onClose", async () => {
    purge.stop();
    await apollo.stop();
    await services.close();
  });
  return app;
}
