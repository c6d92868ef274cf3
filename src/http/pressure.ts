import { getHeapStatistics } from "node:v8";
import underPressure from "@fastify/under-pressure";
import type { FastifyInstance } from "fastify";
import { overloaded } from "../errors/auth-error.js";
import type { ServerLimits } from "./server-limits.js";

/** How often the pressure is looked at; as long a refusal lasts at least. */
const sampleMilliseconds = 1_000;

/** Whoever looks after us must see us when it matters. */
const isWatched = (url: string) => url.startsWith("/health/") || url.startsWith("/metrics");

/**
 * An event loop that is late for everybody, or a heap that is nearly full, sheds requests before they
 * are read: 503 with OVERLOADED, which every client of ours takes for "the same again later".
 */
export async function shedUnderPressure(
  app: FastifyInstance,
  { eventLoopDelay, heapShare }: Pick<ServerLimits, "eventLoopDelay" | "heapShare">,
): Promise<void> {
  await app.register(underPressure, {
    sampleInterval: sampleMilliseconds,
    maxEventLoopDelay: eventLoopDelay,
    maxHeapUsedBytes: heapShare * getHeapStatistics().heap_size_limit,
    async pressureHandler(request) {
      if (!isWatched(request.url)) throw overloaded(sampleMilliseconds / 1000);
    },
  });
}
