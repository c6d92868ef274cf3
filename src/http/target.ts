import type { FastifyInstance } from "fastify";
import { badRequest, sendGraphqlError } from "./graphql-errors.js";

/**
 * A request says which host it wants, in a form that can be read, or is refused with 400 (RFC 9112
 * section 3.2). Node would refuse in an answer without headers, and Apollo's integration throws at
 * what is no URL. HTTP/1.0 knows no Host: some load balancers look after our health that way.
 */
export function refuseUnreadableTargets(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    if (request.raw.httpVersion === "1.0") request.headers.host ??= "localhost";
    // Node keeps the first of two, a proxy in front of us perhaps the second.
    const hosts = request.raw.rawHeaders.filter((name, i) => i % 2 === 0 && /^host$/i.test(name));
    if (hosts.length > 1) return sendGraphqlError(request, reply, 400, badRequest(400));
    if (!URL.canParse(request.url, `${request.protocol}://${request.hostname}/`))
      return sendGraphqlError(request, reply, 400, badRequest(400));
  });
}
