import type { EventEmitter } from "node:events";
import type { Client } from "pg";

/** pg does not publish the connection below a client: nothing else ends one at once. */
type WithConnection = Client & {
  connection: EventEmitter & { stream: { destroy(): void } };
};

/**
 * Ends a connection on which a query has had no answer for that long: a network that swallows
 * packets gives no error, and the server's own timeouts cannot arrive either. The query fails as
 * "Connection terminated unexpectedly" and the pool replaces the connection. (pg's `query_timeout`
 * fails the query alone: the connection, still waiting, would go back to the pool.)
 */
export function giveUpOnSilence(client: Client, milliseconds: number): void {
  const { query } = client;
  const { connection } = client as WithConnection;
  let deadline: NodeJS.Timeout | undefined;
  const calm = () => {
    clearTimeout(deadline);
    deadline = undefined;
  };
  // "drain": everything that was asked has been answered.
  client.on("drain", calm).on("end", calm);
  // A pool that somebody waits for sends the next one before that: each answer gives new time.
  connection.on("readyForQuery", () => deadline?.refresh());
  client.query = ((...args: unknown[]) => {
    deadline ??= setTimeout(() => connection.stream.destroy(), milliseconds).unref();
    return Reflect.apply(query, client, args);
  }) as typeof query;
}
