import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A network between the service and PostgreSQL that a test can break. */
export interface TcpProxy {
  /** The database's address by way of the proxy. */
  url: string;
  /** Nothing passes any more and nobody is told: as behind a firewall that has forgotten. */
  freeze(): void;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  /** Refuses new connections; those that are there pass on. */
  shut(): void;
  /** Passes everything again; what was frozen goes on where it stopped. */
  mend(): void;
  /**
   * The next statement that says this reaches the server, and its answer is lost together with the
   * connection: PostgreSQL answers after the commit.
   * @returns when that has happened
   */
  loseAnswerTo(statement: string): Promise<void>;
  close(): Promise<void>;
}

interface Trap {
  statement: string;
  sprung(): void;
}

export async function startTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl);
  const pairs = new Set<{ near: Socket; far: Socket }>();
  let state: "open" | "frozen" | "shut" = "open";
  let trap: Trap | undefined;

  const sockets = () => [...pairs].flatMap(({ near, far }) => [near, far]);

  const join = (near: Socket) => {
    if (state === "shut") return near.destroy();
    const far = connect({ host: target.hostname, port: Number(target.port) });
    const pair = { near, far };
    pairs.add(pair);
    let caught: Trap | undefined;
    near.on("data", (chunk) => {
      if (trap !== undefined && chunk.includes(trap.statement)) {
        caught = trap;
        trap = undefined;
      }
      far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (caught === undefined) return near.write(chunk);
      near.destroy();
      far.destroy();
      caught.sprung();
      caught = undefined;
    });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => undefined);
      from.on("close", () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
    if (state === "frozen") for (const socket of [near, far]) socket.pause();
  };

  const server = createServer(join);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = new URL(databaseUrl);
  address.port = String((server.address() as AddressInfo).port);

  return {
    url: address.href,
    freeze() {
      state = "frozen";
      for (const socket of sockets()) socket.pause();
    },
    cut() {
      state = "shut";
      for (const socket of sockets()) socket.destroy();
    },
    shut() {
      state = "shut";
    },
    mend() {
      state = "open";
      for (const socket of sockets()) socket.resume();
    },
    loseAnswerTo: (statement) =>
      new Promise((resolve) => {
        trap = { statement, sprung: resolve };
      }),
    async close() {
      for (const socket of sockets()) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
