import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { isAnswering } from "../database/is-answering.js";

/**
 * `/health/live`: the process answers. `/health/ready`: it may be given requests; not while the
 * database does not answer, nor once it drains.
 */
export function addHealth(app: FastifyInstance, pool: Pool, isDraining: () => boolean): void {
  const isReady = async () => !isDraining() && isAnswering(pool);
  app.get("/health/live", async () => ({ status: "ok" }));
  app.get("/health/ready", async (_request, reply) => {
    const ready = await isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ok" : "unavailable" });
  });
}
