import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import type { ServerLimits } from "../http/server-limits.js";
import type { Listener } from "../session-events/session-events.js";
import type { Visitor } from "../visitor.js";
import { type CloseReason, closeReasons } from "./close-reason.js";

/** RFC 6455 section 5.5. graphql-ws names what a client chose, of any length; ws throws then. */
const mostReasonBytes = 123;
const longestTimerMilliseconds = 2 ** 31 - 1;

/** One WebSocket, from the handshake to its end. */
export interface Connection {
  readonly id: string;
  /** Its log carries the id. */
  readonly visitor: Visitor;
  readonly socket: WebSocket;
  /** Once it has said who it is. */
  listener?: Listener;
  /** Its session is over: it is closed as soon as it has been told so. */
  endsWithStreams?: boolean;
  /** What it has subscribed to and is not over. */
  subscriptions(): number;
  /** @throws never; what cannot be read any more is dropped */
  send(data: string): Promise<void>;
  /** @returns whether the message may be looked at; otherwise there were too many */
  admitMessage(): boolean;
  closeAt(moment: number, now: number, reason: CloseReason): void;
  close(reason: CloseReason): void;
}

type Limits = Pick<ServerLimits, "socketPing" | "socketMessages" | "socketBacklog">;

/** Keeps it alive, and ends it where it is silent, does not read, or says too much. */
export function createConnection(
  socket: WebSocket,
  visitor: Omit<Visitor, "log">,
  { limits, log }: { limits: Limits; log: Logger },
): Connection {
  const id = randomUUID();
  const own = log.child({ reqId: id });
  let messages = 0;
  let isAlive = true;
  let expiry: NodeJS.Timeout | undefined;

  const close = ({ code, reason }: CloseReason) =>
    socket.close(code, Buffer.byteLength(reason) > mostReasonBytes ? "" : reason);
  const admitMessage = () => {
    messages += 1;
    if (messages <= limits.socketMessages) return true;
    close(closeReasons.tooManyMessages);
    // What comes behind is not even read.
    socket.pause();
    return false;
  };

  const beat = setInterval(() => {
    if (!isAlive) return socket.terminate();
    messages = 0;
    isAlive = false;
    socket.ping();
  }, limits.socketPing).unref();
  socket.on("pong", () => {
    isAlive = true;
    admitMessage();
  });
  // Answered by ws. They cost as much as messages do.
  socket.on("ping", admitMessage);
  // What is no frame, or too large a one: ws closes it with the code for that.
  socket.on("error", (error: NodeJS.ErrnoException) =>
    own.debug({ event: "socket_error", code: error.code }, "socket error"),
  );
  socket.once("close", () => {
    clearInterval(beat);
    clearTimeout(expiry);
  });

  return {
    id,
    visitor: { ...visitor, log: own },
    socket,
    subscriptions: () => 0,
    send(data) {
      if (socket.bufferedAmount > limits.socketBacklog) socket.terminate();
      if (socket.readyState !== socket.OPEN) return Promise.resolve();
      // Written is when it has left us: the next event waits for it in its bounded queue.
      return new Promise((resolve) => socket.send(data, () => resolve()));
    },
    admitMessage,
    closeAt(moment, now, reason) {
      const wait = Math.min(Math.max(0, moment - now), longestTimerMilliseconds);
      expiry = setTimeout(() => close(reason), wait).unref();
    },
    close,
  };
}
