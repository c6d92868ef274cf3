import type { FastifyInstance } from "fastify";

/** One line a request. SECURITY: the route, never the address, and no header: both hold secrets. */
export function logRequests(app: FastifyInstance): void {
  app.addHook("onResponse", (request, reply, done) => {
    request.log.info(
      {
        event: "request",
        method: request.method,
        route: request.routeOptions.url ?? "unknown",
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      },
      "request",
    );
    done();
  });
}
