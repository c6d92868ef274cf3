import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { createClient } from "graphql-ws";
import { useServer as serve } from "graphql-ws/use/ws";
import { WebSocket, WebSocketServer } from "ws";
import { webSocketAuth } from "../../src/apollo/index.js";
import type { Auth, AuthListener } from "../../src/index.js";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A graphql-ws server whose subscription never ends; it notes the tokens that it was opened with. */
async function startServer(seen: unknown[]) {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: "/graphql" });
  serve({ schema, onConnect: ({ connectionParams }) => void seen.push(connectionParams) }, sockets);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  stops.push(
    () => new Promise((done) => server.close(done)),
    () => {
      for (const socket of sockets.clients) socket.terminate();
    },
  );
  const { port } = server.address() as AddressInfo;
  return { url: `ws://127.0.0.1:${port}/graphql`, sockets };
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { a: { type: GraphQLString } } }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: {
      ticks: {
        type: GraphQLString,
        async *subscribe() {
          yield { ticks: "now" };
          await new Promise(() => {});
        },
      },
    },
  }),
});

/** A keeper as far as the socket sees it. */
function keeper() {
  const listeners: AuthListener[] = [];
  let token = "first";
  const auth = {
    getAccessToken: async () => token,
    onAuthStateChange: (listener: AuthListener) => listeners.push(listener),
  } as unknown as Auth;
  const refresh = (next: string) => {
    token = next;
    for (const listener of listeners) listener("TOKEN_REFRESHED", auth.state);
  };
  return { auth, refresh };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition() && Date.now() < deadline) await new Promise((done) => setTimeout(done, 10));
  expect(condition()).toBe(true);
}

function subscribed(auth: Auth, url: string) {
  const client = createClient({ url, webSocketImpl: WebSocket, ...webSocketAuth(auth) });
  stops.push(() => client.dispose());
  const results: unknown[] = [];
  const errors: unknown[] = [];
  client.subscribe(
    { query: "subscription { ticks }" },
    { next: (result) => results.push(result), error: (error) => errors.push(error), complete() {} },
  );
  return { results, errors };
}

test("a subscription goes on over a socket with the new token", async () => {
  const seen: unknown[] = [];
  const { url } = await startServer(seen);
  const { auth, refresh } = keeper();
  const { results, errors } = subscribed(auth, url);
  await until(() => results.length === 1);
  refresh("second");
  await until(() => results.length === 2);
  expect(seen).toEqual([{ authorization: "Bearer first" }, { authorization: "Bearer second" }]);
  expect(errors).toEqual([]);
});

test("a subscription outlives a service that drops its sockets", async () => {
  const { url, sockets } = await startServer([]);
  const { results, errors } = subscribed(keeper().auth, url);
  await until(() => results.length === 1);
  for (const socket of sockets.clients) socket.terminate();
  await until(() => results.length === 2);
  expect(errors).toEqual([]);
});
