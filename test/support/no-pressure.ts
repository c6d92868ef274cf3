import type { ServerLimits } from "../../src/http/server-limits.js";

/** Jest compiles on the thread that serves: what is late here says nothing. */
export const noPressure = { eventLoopDelay: 0, heapShare: 0 } satisfies Partial<ServerLimits>;
