import type { Client } from "pg";

/** The socket of a client: pg does not publish it, and nothing else ends a connection at once. */
type WithSocket = Client & { connection: { stream: { destroy(): void } } };

/**
 * Ends a connection on which a query has had no answer for that long: a network that swallows
 * packets gives no error, and the server's own timeouts cannot arrive either. The query fails as
 * "Connection terminated unexpectedly" and the pool replaces the connection. (pg's `query_timeout`
 * fails the query alone: the connection, still waiting, would go back to the pool.)
 */
export function giveUpOnSilence(client: Client, milliseconds: number): void {
  const { query } = client;
  let deadline: NodeJS.Timeout | undefined;
  const calm = () => {
    clearTimeout(deadline);
    deadline = undefined;
  };
  // "drain": everything that was asked has been answered.
  client.on("drain", calm).on("end", calm);
  client.query = ((...args: unknown[]) => {
    deadline ??= setTimeout(
      () => (client as WithSocket).connection.stream.destroy(),
      milliseconds,
    ).unref();
    return Reflect.apply(query, client, args);
  }) as typeof query;
}
