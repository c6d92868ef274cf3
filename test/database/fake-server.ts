import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A message of PostgreSQL's protocol (its manual, chapter "Frontend/Backend Protocol"). */
function message(type: string, ...parts: (string | number | Buffer)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === "string") return Buffer.from(`${part}\0`);
      if (Buffer.isBuffer(part)) return part;
      const number = Buffer.alloc(4);
      number.writeInt32BE(part);
      return number;
    }),
  );
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const short = (number: number) => Buffer.from([number >> 8, number & 255]);
const text = 25;

/** One row with one column, whatever was asked. */
function answer(column: string, value: string): Buffer {
  const field = Buffer.concat([short(0), Buffer.from([0, 0, 0, text]), short(65535)]);
  return Buffer.concat([
    message("T", short(1), column, 0, field, -1, short(0)),
    message("D", short(1), value.length, Buffer.from(value)),
    message("C", "SELECT 1"),
    message("Z", Buffer.from("I")),
  ]);
}

function serve(socket: Socket, version: string): void {
  socket.on("error", () => undefined);
  socket.once("data", () => {
    socket.write(Buffer.concat([message("R", 0), message("Z", Buffer.from("I"))]));
    socket.on("data", (query) => {
      const asked = query.toString("utf8", 5);
      if (query[0] === 0x51)
        socket.write(
          asked.includes("server_version_num")
            ? answer("server_version_num", version)
            : answer("version", "PostgreSQL 13.4 on nothing"),
        );
    });
  });
}

/** Speaks just enough to be asked for its version. */
export async function startFakeServer(versionNumber: string) {
  const server = createServer((socket) => serve(socket, versionNumber));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `postgres://somebody:pass-word@127.0.0.1:${port}/gatehouse`, server };
}
