import type { IncomingMessage, Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { overloaded } from "../errors/auth-error.js";
import { sendGraphqlError } from "./graphql-errors.js";
import type { ServerLimits } from "./server-limits.js";

const pollMilliseconds = 20;

type Connections = Map<Socket, IncomingMessage | undefined>;

/** Every open connection, with the request that is being answered on it. */
function watchConnections(server: Server): Connections {
  const open: Connections = new Map();
  server.on("connection", (socket) => {
    open.set(socket, undefined);
    socket.once("close", () => open.delete(socket));
  });
  server.on("request", ({ socket }, response) => {
    open.set(socket, response.req);
    response.once("close", () => open.has(socket) && open.set(socket, undefined));
  });
  return open;
}

/** So long nobody has connected. Clients between two requests come anew within a few. */
const quietMilliseconds = 50;
/** Under a flood of new connections the end comes all the same. */
const longestWelcomeMilliseconds = 500;

/**
 * Until all that are connecting are accepted: whoever still waited at the close would be reset, with
 * the request sent.
 */
async function acceptAllWaiting(server: Server): Promise<void> {
  const deadline = performance.now() + longestWelcomeMilliseconds;
  let quietSince = performance.now();
  const onConnection = () => {
    quietSince = performance.now();
  };
  server.on("connection", onConnection);
  while (performance.now() < Math.min(deadline, quietSince + quietMilliseconds))
    await sleep(pollMilliseconds / 4);
  server.off("connection", onConnection);
}

/** Who connects from now on is refused. At once: nobody shall come anew in between. */
function stopListening(server: Server): void {
  // Not the method of the HTTP server: it closes idle connections as well, and all timeouts.
  NetServer.prototype.close.call(server);
}

/** Idle, silent and slow ones; only a request that has arrived whole is waited for. */
function closeWithoutRequest(open: Connections): void {
  for (const [socket, request] of open) if (request?.complete !== true) socket.destroy();
}

export interface Drain {
  isDraining(): boolean;
  /** Called once nobody can connect any more, before open connections are waited for. */
  onDrain(listener: () => void): void;
}

/**
 * Closing without a failed request: what was begun is answered, whoever asks now on an open
 * connection is told to come again, each connection ends with its answer, and new ones are refused.
 * While the last ones are let in all requests are held back, since with its answer each client would
 * come anew. One may be on its way on a connection that looks idle: it has `drainGrace` to arrive.
 */
export function addDrain(
  app: FastifyInstance,
  { drainGrace }: Pick<ServerLimits, "drainGrace">,
): Drain {
  let draining = false;
  let welcome: Promise<void> | undefined;
  const listeners: (() => void)[] = [];
  const open = watchConnections(app.server);

  app.addHook("preClose", async () => {
    if (app.server.listening) {
      welcome = acceptAllWaiting(app.server).then(() => stopListening(app.server));
      await welcome;
    }
    draining = true;
    for (const listener of listeners) listener();
    const deadline = performance.now() + drainGrace;
    while (open.size > 0 && performance.now() < deadline) await sleep(pollMilliseconds);
    closeWithoutRequest(open);
  });
  app.addHook("onRequest", (request, reply, done) => {
    if (welcome !== undefined && !draining) return void welcome.then(() => done());
    if (draining && !request.url.startsWith("/health/"))
      return void sendGraphqlError(request, reply, 503, overloaded());
    done();
  });
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (draining) reply.header("connection", "close");
    done();
  });
  return { isDraining: () => draining, onDrain: (listener) => void listeners.push(listener) };
}
