import { randomUUID } from "node:crypto";
import fastifyCookie from "@fastify/cookie";
import fastifyCors from "@fastify/cors";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import type { Config } from "../config.js";
import { createClientErrorHandler } from "./client-errors.js";
import { corsOptions } from "./cors.js";
import { addDrain, type Drain } from "./drain.js";
import { warnOfUnknownProxies } from "./forwarded-headers.js";
import { answerInGraphqlForm, sendRefusal } from "./graphql-errors.js";
import { answerWhatNoRouteTakes } from "./methods.js";
import { createNodeServer } from "./node-server.js";
import type { Origins } from "./origins.js";
import { shedUnderPressure } from "./pressure.js";
import { logRequests } from "./request-log.js";
import {
  addSecurityHeaders,
  notToBeKept,
  type SecurityHeaders,
  securityHeaders,
} from "./security-headers.js";
import type { ServerLimits } from "./server-limits.js";
import { refuseUnreadableTargets } from "./target.js";

export interface HttpServerParts {
  config: Config;
  logger: Logger;
  limits: ServerLimits;
  origins: Origins;
}

const createFastify = (
  { config, logger, limits }: HttpServerParts,
  headers: SecurityHeaders,
): FastifyInstance =>
  Fastify({
    serverFactory: (handler) => createNodeServer(limits, handler),
    bodyLimit: limits.bodyBytes,
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // SECURITY: the id is ours; one that a client chose could be written over another's lines.
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    return503OnClosing: false,
    clientErrorHandler: createClientErrorHandler(logger, headers),
    // For what cannot be routed, such as a URL of "/%": no hook runs.
    frameworkErrors: (error, request, reply) =>
      sendRefusal(
        error,
        request,
        reply
          .headers(headers)
          .headers({ "x-request-id": request.id, "cache-control": notToBeKept }),
      ),
  });

/** HTTP as every address here speaks it, before there is any address. */
export async function createHttpServer(
  parts: HttpServerParts,
): Promise<{ app: FastifyInstance; drain: Drain }> {
  const headers = securityHeaders(parts.config);
  const app = createFastify(parts, headers);
  // Else it is read, and Apollo says 400: a form or a text is no GraphQL (OWASP ASVS 4.1.4).
  app.removeContentTypeParser("text/plain");
  answerInGraphqlForm(app);
  addSecurityHeaders(app, headers);
  logRequests(app);
  warnOfUnknownProxies(app);
  refuseUnreadableTargets(app);
  await app.register(fastifyCookie);
  await app.register(fastifyCors, corsOptions(parts.origins));
  // After CORS, so that a page may read that it is to come again.
  const drain = addDrain(app, parts.limits);
  await shedUnderPressure(app, parts.limits);
  answerWhatNoRouteTakes(app);
  return { app, drain };
}
