import type { IncomingMessage, Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { setImmediate as nextRound, setTimeout as sleep } from "node:timers/promises";
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

/** Under a flood of new connections the end comes all the same. */
const longestWelcomeMilliseconds = 500;

/**
 * Until all that have connected are accepted, of whom a round of the event loop takes one or a few:
 * who still waited at the close would be reset, with the request sent. To be called before the close
 * begins: from then on each answer ends its connection, and its client connects anew.
 */
export async function acceptAllWaiting(server: Server): Promise<void> {
  let accepted = 0;
  const count = () => accepted++;
  server.on("connection", count);
  const deadline = performance.now() + longestWelcomeMilliseconds;
  let before: number;
  do {
    before = accepted;
    await nextRound();
    await nextRound();
  } while (accepted !== before && performance.now() < deadline);
  server.off("connection", count);
}

/** Who connects from now on is refused. At once: nobody shall come anew in between. */
function stopListening(server: Server): void {
  // Not the method of the HTTP server: it closes idle connections as well, and all timeouts.
  if (server.listening) NetServer.prototype.close.call(server);
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
 * Closing without a failed request: who is being answered gets the answer, who asks now on an open
 * connection is told to come again, each connection ends with its answer, and new ones are refused.
 * A request may be on its way on a connection that looks idle: it is given `drainGrace` to arrive.
 */
export function addDrain(
  app: FastifyInstance,
  { drainGrace }: Pick<ServerLimits, "drainGrace">,
): Drain {
  let draining = false;
  const listeners: (() => void)[] = [];
  const open = watchConnections(app.server);

  app.addHook("preClose", async () => {
    draining = true;
    stopListening(app.server);
    for (const listener of listeners) listener();
    const deadline = performance.now() + drainGrace;
    while (open.size > 0 && performance.now() < deadline) await sleep(pollMilliseconds);
    closeWithoutRequest(open);
  });
  app.addHook("onRequest", (request, reply, done) => {
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
