import type { FastifyInstance, preHandlerHookHandler } from "fastify";
import type { Logger } from "pino";
import type { DataSource } from "typeorm";
import { addJwks } from "./access-tokens/jwks.route.js";
import type { Clock } from "./clock.js";
import type { Config } from "./config.js";
import { createContextBuilder } from "./context.js";
import { AuthError } from "./errors/auth-error.js";
import { createGraphqlServer } from "./graphql-server.js";
import { clientAddress } from "./http/client-address.js";
import { createSocketRefusal } from "./http/client-errors.js";
import { refuseUnreadableAnswers } from "./http/graphql-errors.js";
import { graphqlHandler } from "./http/graphql-handler.js";
import { addHealth } from "./http/health.js";
import { createOrigins } from "./http/origins.js";
import { loosenPolicyForSandbox } from "./http/sandbox.js";
import { securityHeaders } from "./http/security-headers.js";
import { createHttpServer } from "./http/server.js";
import { type ServerLimits, serverLimits } from "./http/server-limits.js";
import { createLogger } from "./log.js";
import { addMailbox } from "./mail/mailbox.route.js";
import { addMetrics } from "./metrics/metrics.route.js";
import { addPages } from "./pages/pages.route.js";
import { createSchema } from "./schema.js";
import { openServices } from "./services.js";
import { startPurge } from "./sessions/purge.js";
import { createRefreshCookie } from "./sessions/refresh-cookie.js";
import { createSockets } from "./sockets/sockets.js";
import { addUpgrade } from "./sockets/upgrade.js";
import { startUpkeep } from "./upkeep.js";

export interface AppParts {
  config: Config;
  /** Initialised and migrated; stays the caller's to close. */
  database: DataSource;
  clock: Clock;
  /** Where the log goes; to standard output otherwise. */
  logger?: Logger;
  /** Other than the usual ones. */
  limits?: Partial<ServerLimits>;
}

/** Builds the whole service. Never listens, never reads the environment. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, database, clock, logger = createLogger(config) } = parts;
  const limits = { ...serverLimits, ...parts.limits };
  const services = await openServices({ config, database, clock, log: logger });
  const schema = await createSchema();
  const apollo = createGraphqlServer(schema, {
    production: config.production,
    log: logger,
    metrics: services.metrics,
  });
  await apollo.start();

  const origins = createOrigins(config);
  const cookie = createRefreshCookie(config.publicUrl);
  const { app, drain } = await createHttpServer({ config, logger, limits, origins });
  if (!config.production) loosenPolicyForSandbox(app);

  const context = createContextBuilder({ services, cookie, origins });
  // SECURITY: a request that carries the cookie is somebody's session (OWASP ASVS 3.5.1).
  const refuseForeignPages: preHandlerHookHandler = (request, _reply, done) => {
    const carriesCookie = cookie.read(request) !== undefined;
    const isForeign =
      request.method === "POST" && carriesCookie && !origins.mayUseCookie(request.headers);
    if (!isForeign) return done();
    request.log.info({ event: "forbidden", ip: clientAddress(request.ip) }, "forbidden");
    done(new AuthError("FORBIDDEN"));
  };
  app.route({
    url: "/graphql",
    method: ["GET", "POST"],
    exposeHeadRoute: false,
    preHandler: [refuseUnreadableAnswers, refuseForeignPages],
    handler: graphqlHandler(apollo, context),
  });
  const sockets = createSockets({ services, schema, limits, log: logger });
  services.metrics.watch("gatehouse_sockets", "WebSockets open", () => sockets.size);
  const refuse = createSocketRefusal(logger, securityHeaders(config));
  addUpgrade(app, { trustProxy: config.trustProxy, limits, origins, drain, refuse, sockets });
  drain.onDrain(sockets.goAway);
  addJwks(app, services.accessTokens);
  addHealth(app, services.pool, drain.isDraining);
  addMetrics(app, services.metrics, config.metricsToken);
  addPages(app);
  if (services.mailbox !== undefined) addMailbox(app, services.mailbox);

  const purge = startPurge(services.pool, config, logger);
  const upkeep = startUpkeep(services.pool, config, logger);
  app.addHook("onClose", async () => {
    purge.stop();
    upkeep.stop();
    await apollo.stop();
    await services.close();
  });
  return app;
}
