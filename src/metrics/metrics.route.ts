import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Registry } from "prom-client";
import { AuthError } from "../errors/auth-error.js";
import { isLoopback } from "../http/loopback.js";
import { bearer } from "../identify.js";
import type { Metrics } from "./metrics.js";
import { processMetrics } from "./process-metrics.js";

const digest = (text: string) => createHash("sha256").update(text).digest();

/** In constant time, whatever the lengths. */
const isBearer = (authorization: string | undefined, token: string) =>
  timingSafeEqual(digest(bearer(authorization) ?? ""), digest(token));

const forwarding = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/** SECURITY: a proxy on this machine speaks from loopback too, for the whole world. */
const isFromThisMachine = ({ socket, headers }: FastifyRequest) =>
  isLoopback(socket.remoteAddress) && forwarding.every((name) => headers[name] === undefined);

/** `GET /metrics` for Prometheus; to everybody else the address does not exist. */
export function addMetrics(app: FastifyInstance, metrics: Metrics, token?: string): void {
  app.get("/metrics", async (request, reply) => {
    const allowed =
      token === undefined
        ? isFromThisMachine(request)
        : isBearer(request.headers.authorization, token);
    if (!allowed) throw new AuthError("NOT_FOUND");
    const all = Registry.merge([metrics.registry, processMetrics()]);
    return reply.type(all.contentType).send(await all.metrics());
  });
}
