import type { IncomingMessage } from "node:http";
import proxyAddr from "@fastify/proxy-addr";
import type { FastifyInstance } from "fastify";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from "graphql-ws";
import { type ServerOptions, WebSocketServer } from "ws";
import type { Config } from "../config.js";
import { AuthError, overloaded } from "../errors/auth-error.js";
import { clientAddress } from "../http/client-address.js";
import type { RefuseOnSocket } from "../http/client-errors.js";
import type { Drain } from "../http/drain.js";
import { badRequest, type RefusedRequest } from "../http/graphql-errors.js";
import type { Origins } from "../http/origins.js";
import type { ServerLimits } from "../http/server-limits.js";
import type { Sockets } from "./sockets.js";

/** How long the other side may take to answer a close; then the connection is cut. */
const lingerMilliseconds = 1_000;

export interface UpgradeParts {
  limits: Pick<ServerLimits, "sockets" | "socketBytes">;
  /** As for every other request. */
  trustProxy: Config["trustProxy"];
  origins: Origins;
  drain: Drain;
  refuse: RefuseOnSocket;
  sockets: Sockets;
}

interface Refusal {
  status: number;
  error: RefusedRequest;
}

const wrongProtocol: Refusal = {
  status: 400,
  error: {
    message: `Ask for the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}.`,
    extensions: { code: "BAD_REQUEST" },
  },
};
const foreignPage: Refusal = { status: 403, error: new AuthError("FORBIDDEN") };
const noRoom: Refusal = { status: 503, error: overloaded(5) };
const malformed: Refusal = { status: 400, error: badRequest(400) };

function createGuard(app: FastifyInstance, { limits, origins, drain, sockets }: UpgradeParts) {
  return ({ headers }: IncomingMessage): Refusal | undefined => {
    if (drain.isDraining() || app.isUnderPressure()) return noRoom;
    // SECURITY: cross-site WebSocket hijacking (OWASP WebSocket Security Cheat Sheet, ASVS 4.4.2).
    if (!origins.mayOpenSocket(headers)) return foreignPage;
    if (handleProtocols(headers["sec-websocket-protocol"] ?? "") === false) return wrongProtocol;
    return sockets.size < limits.sockets ? undefined : noRoom;
  };
}

/**
 * graphql-transport-ws on the address of POST /graphql. Who is refused gets an answer of HTTP, with
 * the headers of all others; of who is let in nothing is known yet, the cookie is not looked at.
 */
export function addUpgrade(app: FastifyInstance, parts: UpgradeParts): void {
  const { limits, refuse, sockets, trustProxy } = parts;
  const whyNot = createGuard(app, parts);
  const isOurProxy = proxyAddr.compile([...trustProxy]);
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    maxPayload: limits.socketBytes,
    closeTimeout: lingerMilliseconds,
    handleProtocols,
  };
  const server = new WebSocketServer(options);
  server.on("wsClientError", (_error, socket) => refuse(socket, malformed.status, malformed.error));
  app.server.on("upgrade", (request, socket, head) => {
    // Node has taken its own listener away: unheard, an error would end the process.
    socket.on("error", () => undefined);
    const refusal = whyNot(request);
    if (refusal !== undefined) return refuse(socket, refusal.status, refusal.error);
    const visitor = {
      ip: clientAddress(proxyAddr(request, isOurProxy)),
      userAgent: request.headers["user-agent"] ?? null,
    };
    server.handleUpgrade(request, socket, head, (opened) => sockets.take(opened, visitor));
  });
}
