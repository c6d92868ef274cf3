import { randomUUID } from "node:crypto";
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Log } from "../log.js";
import { badRequest, errorBody, type RefusedRequest } from "./graphql-errors.js";
import { notToBeKept, type SecurityHeaders } from "./security-headers.js";

/** Node's codes for what is no HTTP request, too slow or too large; all else is 400. */
const statusOfParserCode: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/**
 * How long, in milliseconds, whoever is still sending may take to read the refusal. Closed at once,
 * with bytes unread, TCP would throw the answer away (RFC 9112 section 9.6).
 */
const lingerMilliseconds = 500;

function rawAnswer(status: number, error: RefusedRequest, headers: Record<string, string>): string {
  const body = errorBody(error);
  const lines = Object.entries({
    ...headers,
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    connection: "close",
    date: new Date().toUTCString(),
  }).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", body].join("\r\n");
}

/** Refuses on the bare socket, in the form of every other answer, and closes it. */
export type RefuseOnSocket = (
  socket: Duplex,
  status: number,
  error: RefusedRequest,
  /** For the log; the error's code if nothing is said. */
  why?: string,
) => void;

export function createSocketRefusal(log: Log, headers: SecurityHeaders): RefuseOnSocket {
  return (socket, status, { message, extensions }, why = extensions.code) => {
    const reqId = randomUUID();
    log.debug({ event: "request_refused", reqId, status, code: why }, "no request");
    const { retryAfter } = extensions;
    const own = {
      "x-request-id": reqId,
      "cache-control": notToBeKept,
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    };
    socket.end(rawAnswer(status, { message, extensions }, { ...headers, ...own }));
    setTimeout(() => socket.destroy(), lingerMilliseconds).unref();
  };
}

/** Where an answer has begun already, another one would be read as part of it. */
const hasBegunToAnswer = (socket: Socket) =>
  (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true;

/**
 * What Node cannot read as a request never becomes one: no hook runs, no route knows of it. It is
 * answered on the bare socket as everything else is.
 *
 * SECURITY: the error carries the packet, tokens and all; the log gets its code alone.
 */
export function createClientErrorHandler(log: Log, headers: SecurityHeaders) {
  const refuse = createSocketRefusal(log, headers);
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === "ECONNRESET" || socket.writableEnded) return;
    if (!socket.writable || hasBegunToAnswer(socket)) {
      socket.destroy();
      return;
    }
    const status = statusOfParserCode[error.code ?? ""] ?? 400;
    refuse(socket, status, badRequest(status), error.code);
  };
}
