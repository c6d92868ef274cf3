import type { ExecutionResult, GraphQLError, GraphQLSchema } from "graphql";
import { MessageType, makeServer, parseMessage } from "graphql-ws";
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import type { StreamContext } from "../context.js";
import { unauthenticated } from "../errors/auth-error.js";
import { createFormatError } from "../errors/format-error.js";
import { logErrors, logUnexpected } from "../errors/log-errors.js";
import type { ServerLimits } from "../http/server-limits.js";
import { outcomeOf, refusedDocument } from "../metrics/operation-metrics.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { closeReasons } from "./close-reason.js";
import { type Connection, createConnection } from "./connection.js";
import { closeWhenTold, letIn } from "./let-in.js";
import { createPreparation } from "./prepare.js";

/** The WebSockets of this replica that have been opened. */
export interface Sockets {
  /** @param socket speaks graphql-transport-ws */
  take(socket: WebSocket, visitor: Omit<Visitor, "log">): void;
  /** Each client is to come again, to another replica. */
  goAway(): void;
  readonly size: number;
}

export interface SocketsParts {
  services: Services;
  schema: GraphQLSchema;
  limits: ServerLimits;
  log: Logger;
}

function contextOf(services: Services, { listener }: Connection): StreamContext {
  if (listener === undefined) throw unauthenticated("MISSING");
  return { services, member: () => listener.member, listen: listener.listen };
}

/** What Apollo Server does for POST, by graphql-ws: formats, logs and counts what is refused. */
function createAnswers({ services, schema }: SocketsParts) {
  const format = createFormatError(schema);
  const { operations } = services.metrics;
  const show = ({ id, visitor }: Connection, errors: readonly GraphQLError[]) => {
    logErrors(visitor, errors);
    return errors.map((error) => {
      const shown = format(error.toJSON(), error);
      if (shown.extensions?.code !== "INTERNAL_SERVER_ERROR") return shown;
      return { ...shown, extensions: { ...shown.extensions, requestId: id } };
    });
  };
  return {
    refused(connection: Connection, errors: readonly GraphQLError[]) {
      const shown = show(connection, errors);
      operations.inc({ operation: refusedDocument, outcome: outcomeOf(shown[0]) });
      return shown;
    },
    begun(result: object) {
      const [error] = (result as ExecutionResult).errors ?? [];
      const outcome = outcomeOf(error && format(error.toJSON(), error));
      operations.inc({ operation: "sessionEvents", outcome });
    },
    result(connection: Connection, { data, errors }: ExecutionResult) {
      return errors === undefined ? { data } : { data, errors: show(connection, errors) };
    },
  };
}

function createProtocol(parts: SocketsParts) {
  const { services, schema, limits } = parts;
  const prepare = createPreparation(schema, services.config);
  const answers = createAnswers(parts);
  return makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: limits.socketInit,
    async onConnect({ connectionParams, subscriptions, extra: connection }) {
      connection.subscriptions = () => Object.keys(subscriptions).length;
      const refusal = await letIn(services, connection, connectionParams?.authorization);
      if (refusal !== undefined) connection.close(refusal);
      return refusal === undefined;
    },
    onSubscribe({ extra: connection }, _id, request) {
      const prepared = prepare(request);
      if (!("document" in prepared)) return prepared;
      return { ...prepared, contextValue: contextOf(services, connection) };
    },
    onOperation: (_context, _id, _request, _args, result) => answers.begun(result),
    onNext: ({ extra: connection }, _id, _request, _args, result) =>
      answers.result(connection, result),
    onError: ({ extra: connection }, _id, _request, errors) => answers.refused(connection, errors),
    onComplete({ extra: connection }) {
      if (connection.endsWithStreams) closeWhenTold(connection);
    },
    onClose: ({ extra: connection }) => connection.listener?.leave(),
  });
}

const fromServers = new Set([MessageType.ConnectionAck, MessageType.Next, MessageType.Error]);

/** What only a server says: graphql-ws throws at it, as if it were a fault of ours. */
function isFromServers(data: string): boolean {
  try {
    return fromServers.has(parseMessage(data).type);
  } catch {
    return false;
  }
}

export function createSockets(parts: SocketsParts): Sockets {
  const protocol = createProtocol(parts);
  const open = new Set<Connection>();

  const receive = (connection: Connection, handle: (data: string) => Promise<void>) => {
    connection.socket.on("message", (data) => {
      if (!connection.admitMessage()) return;
      const text = String(data);
      if (isFromServers(text)) return connection.close(closeReasons.malformed);
      handle(text).catch((error: unknown) => {
        logUnexpected(connection.visitor.log, error);
        connection.close(closeReasons.fault);
      });
    });
  };

  return {
    take(socket, visitor) {
      const connection = createConnection(socket, visitor, parts);
      const began = performance.now();
      open.add(connection);
      const closed = protocol.opened(
        {
          protocol: socket.protocol,
          send: connection.send,
          close: (code = closeReasons.fault.code, reason = "") =>
            connection.close({ code, reason }),
          onMessage: (handle) => receive(connection, handle),
        },
        connection,
      );
      socket.once("close", (code, reason) => {
        open.delete(connection);
        const milliseconds = Math.round(performance.now() - began);
        connection.visitor.log.info(
          { event: "socket_closed", code, milliseconds },
          "socket closed",
        );
        closed(code, String(reason)).catch((error: unknown) =>
          logUnexpected(connection.visitor.log, error),
        );
      });
    },
    goAway() {
      for (const connection of open) connection.close(closeReasons.goingAway);
    },
    get size() {
      return open.size;
    },
  };
}
