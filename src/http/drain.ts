import type { FastifyInstance } from "fastify";
import { overloaded } from "../errors/auth-error.js";
import { sendGraphqlError } from "./graphql-errors.js";

/**
 * Closing without a failed request: who is being answered gets the answer, who comes now on an open
 * connection is told to come again, and every connection ends with its answer. Without the header
 * an idle keep-alive connection holds the close up for a minute.
 */
export function addDrain(app: FastifyInstance): { isDraining(): boolean } {
  let draining = false;
  app.addHook("preClose", async () => {
    draining = true;
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
