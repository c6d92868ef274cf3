import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { DataSource } from "typeorm";
import { addJwks } from "./access-tokens/jwks.route.js";
import type { Clock } from "./clock.js";
import type { Config } from "./config.js";
import { createContextBuilder } from "./context.js";
import { createGraphqlServer } from "./graphql-server.js";
import { createSocketRefusal } from "./http/client-errors.js";
import { refuseForeignPages } from "./http/foreign-pages.js";
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
  app.route({
    url: "/graphql",
    method: ["GET", "POST"],
    exposeHeadRoute: false,
    preHandler: [refuseUnreadableAnswers, refuseForeignPages(cookie, origins)],
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

  const upkeep = startUpkeep(services.pool, config, logger);
  app.addHook("onClose", async () => {
    upkeep.stop();
    await apollo.stop();
    await services.close();
  });
  return app;
}
