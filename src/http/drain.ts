import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { FastifyInstance } from "fastify";
import { overloaded } from "../errors/auth-error.js";
import { sendGraphqlError } from "./graphql-errors.js";
import type { ServerLimits } from "./server-limits.js";

const pollMilliseconds = 20;

/**
 * Closing without a failed request: who is being answered gets the answer, who comes now is told to
 * come again, and every connection ends with its answer. Fastify closes idle connections at once,
 * under the request that is on its way on one of them: they are given `drainGrace` to send it.
 */
export function addDrain(
  app: FastifyInstance,
  { drainGrace }: Pick<ServerLimits, "drainGrace">,
): { isDraining(): boolean } {
  let draining = false;
  const openConnections = promisify(app.server.getConnections.bind(app.server));

  app.addHook("preClose", async () => {
    draining = true;
    const deadline = performance.now() + drainGrace;
    while (performance.now() < deadline && (await openConnections()) > 0)
      await sleep(pollMilliseconds);
  });
  app.addHook("onRequest", async (request, reply) => {
    if (draining && !request.url.startsWith("/health/"))
      return sendGraphqlError(request, reply, 503, overloaded());
  });
  app.addHook("onSend", async (_request, reply) => {
    if (draining) reply.header("connection", "close");
  });
  return { isDraining: () => draining };
}
