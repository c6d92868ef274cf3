import { createServer, type RequestListener, type Server } from "node:http";
import type { ServerLimits } from "./server-limits.js";
import { UpgradeRequest } from "./upgrade-request.js";

/**
 * Node's server with our limits. Made by us and not by Fastify, which makes a second one without
 * them where HOST is `localhost`.
 */
export function createNodeServer(limits: ServerLimits, handler: RequestListener): Server {
  const options = {
    IncomingMessage: UpgradeRequest,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: limits.checkingInterval,
    // Refused by us, with headers (target.ts).
    requireHostHeader: false,
  };
  const server = createServer(options, handler);
  server.maxConnections = limits.connections;
  // An answer that nobody reads would hold its connection for good.
  server.setTimeout(limits.silence);
  // Node would answer 417 without headers; RFC 9110 section 10.1.1 lets us take no notice.
  server.on("checkExpectation", handler);
  return server;
}
