import { connect, type Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/** Really listens, on any free port. */
export async function listen(app: FastifyInstance): Promise<{ port: number; url: string }> {
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.addresses()[0] as { port: number };
  return { port, url: `http://127.0.0.1:${port}` };
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

function parse(text: string): RawAnswer {
  const [head = "", ...body] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const pairs = lines.map((line) => {
    const [name = "", ...value] = line.split(": ");
    return [name.toLowerCase(), value.join(": ")];
  });
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: Object.fromEntries(pairs),
    body: body.join("\r\n\r\n"),
  };
}

export const openSocket = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });

/** Everything that comes until the other side closes. */
export const readToEnd = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => undefined);
    socket.once("close", () => resolve(Buffer.concat(chunks).toString()));
  });

/** Sends bytes that no client would send, and reads the one answer. */
export async function talk(port: number, text: string): Promise<RawAnswer> {
  const socket = await openSocket(port);
  const answer = readToEnd(socket);
  socket.write(text);
  return parse(await answer);
}
