import { WebSocket } from "ws";
import { until } from "./until.js";

// biome-ignore lint/suspicious/noExplicitAny: the shape of a message is what the tests look at
type Message = any;

/** As graphql-transport-ws has it: what a client that keeps the protocol would send and see. */
export interface TestSocket {
  socket: WebSocket;
  /** Everything that came so far. */
  messages: Message[];
  /** The payloads of `sessionEvents` so far. */
  events(): Message[];
  send(message: unknown): void;
  subscribe(query?: string, id?: string, more?: object): void;
  /** Waits for the first message of that kind. */
  message(type: string): Promise<Message>;
  closed: Promise<{ code: number; reason: string }>;
  /** False once it is closed. */
  isOpen(): boolean;
}

export const sessionEvents =
  "subscription { sessionEvents { kind at session { id current device endReason endedAt endedByIp } } }";

interface Options {
  headers?: Record<string, string>;
  protocol?: string | string[];
  path?: string;
}

const opened: WebSocket[] = [];

/** For the end of a test file. */
export function closeSockets(): void {
  for (const socket of opened.splice(0)) socket.terminate();
}

/** Opens a WebSocket, and says nothing. @throws {Error} with the status where HTTP answers */
export async function openSocket(
  port: number,
  { headers = {}, protocol = "graphql-transport-ws", path = "/graphql" }: Options = {},
): Promise<TestSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol, { headers });
  opened.push(socket);
  const messages: Message[] = [];
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => undefined);
  const send = (message: unknown) => socket.send(JSON.stringify(message));
  const message = async (type: string) => {
    const found = () => messages.find((each) => each.type === type);
    await until(() => found() !== undefined || socket.readyState === WebSocket.CLOSED);
    return found();
  };
  return {
    socket,
    messages,
    send,
    message,
    closed,
    subscribe: (query = sessionEvents, id = "1", more = {}) =>
      send({ id, type: "subscribe", payload: { query, ...more } }),
    events: () =>
      messages
        .filter(({ type, payload }) => type === "next" && payload.data?.sessionEvents)
        .map(({ payload }) => payload.data.sessionEvents),
    isOpen: () => socket.readyState === WebSocket.OPEN,
  };
}

/** The same, and says who it is. The answer is `connection_ack`, or it is closed. */
export async function connectSocket(
  port: number,
  accessToken: string | undefined,
  options: Options = {},
): Promise<TestSocket> {
  const opened = await openSocket(port, options);
  const payload = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  opened.send({ type: "connection_init", payload });
  await opened.message("connection_ack");
  return opened;
}

/** The same, and listens; the server has seen it when this resolves. */
export async function listenTo(port: number, accessToken: string): Promise<TestSocket> {
  const connected = await connectSocket(port, accessToken);
  connected.subscribe();
  connected.send({ type: "ping" });
  await connected.message("pong");
  return connected;
}
