import type { FastifyInstance } from "fastify";
import { AuthError } from "../errors/auth-error.js";
import { badRequest, sendGraphqlError } from "./graphql-errors.js";
import { pathOf } from "./target.js";

/**
 * What no route takes: 404 for an address that is not there, and for one that is, 405 with the
 * methods that it does take (RFC 9110 sections 9.3.7 and 15.5.6). Before the routes are added.
 */
export function answerWhatNoRouteTakes(app: FastifyInstance): void {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    methodsOf.set(url, methods);
  });
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf.get(pathOf(request.url));
    if (methods === undefined)
      return sendGraphqlError(request, reply, 404, new AuthError("NOT_FOUND"));
    reply.header("allow", [...methods, "OPTIONS"].join(", "));
    if (request.method === "OPTIONS") return reply.code(204).send();
    return sendGraphqlError(request, reply, 405, badRequest(405));
  });
}
