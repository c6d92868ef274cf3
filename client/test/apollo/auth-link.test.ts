import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { describe, expect, test } from "@jest/globals";
import { Observable } from "rxjs";
import { createAuthLink } from "../../src/apollo/index.js";
import type { Auth } from "../../src/index.js";
import { credentials, minute, story } from "../support/story.js";

const it = story();
const me = gql`
  query Me {
    me {
      id
    }
  }
`;
const rename = gql`
  mutation Rename {
    a
    b
  }
`;

/** A client whose last link is the fake service, or answers of one's own. */
function clientOf(auth: Auth, answers?: object[]) {
  const sent: (string | undefined)[] = [];
  const own = new ApolloLink((operation) => {
    sent.push(operation.getContext().headers?.authorization);
    return new Observable((observer) => {
      observer.next(answers?.shift() ?? {});
      observer.complete();
    });
  });
  const http = new HttpLink({ uri: "/graphql", fetch: it.browser.fetch() });
  const link = createAuthLink(auth).concat(answers ? own : http);
  return { client: new ApolloClient({ link, cache: new InMemoryCache() }), sent };
}

const refused = (...fields: string[]) =>
  fields.map((field) => ({
    message: "no",
    path: [field],
    extensions: { code: "UNAUTHENTICATED" },
  }));
const network = { fetchPolicy: "network-only" as const };

describe("the Apollo link", () => {
  test("sends the access token, and waits until it is known whether there is one", async () => {
    const tab = await it.signedInTab();
    tab.dispose();
    const next = it.browser.open();
    const { client } = clientOf(next);
    const result = await it.settled(client.query({ query: me }), 2000);
    expect(result.data).toMatchObject({ me: { id: expect.any(String) } });
    const operations = it.server.sent.map(({ operation }) => operation);
    expect(operations).toEqual(["Refresh", "Me"]);
  });

  test("sends operations of a visitor as they are", async () => {
    const { client } = clientOf(await it.anotherTab());
    const { data } = await it.settled(client.query({ query: me }));
    expect(data).toEqual({ me: null });
    expect(it.server.sent.at(-1)?.bearer).toBeUndefined();
  });

  test("ten operations that are refused together make one refresh, and each is repeated once", async () => {
    const tab = await it.signedInTab();
    const { client } = clientOf(tab);
    it.server.forgetAccessTokens();
    const all = Array.from({ length: 10 }, (_, index) =>
      client.query({ query: gql(`query Me { me { id f${index}: email } }`), ...network }),
    );
    const results = await it.settled(Promise.all(all), 2000);
    expect(results.every(({ data }) => data !== undefined)).toBe(true);
    expect(it.server.count("Refresh")).toBe(1);
    expect(it.server.count("Me")).toBe(20);
  });

  test("never repeats twice", async () => {
    const tab = await it.signedInTab();
    const always = { data: null, errors: refused("me") };
    const { client, sent } = clientOf(tab, [always, always, always]);
    await expect(it.settled(client.query({ query: me }), 1000)).rejects.toThrow();
    expect(sent).toHaveLength(2);
    expect(it.server.count("Refresh")).toBe(1);
  });

  test.each([
    ["there is no data", { data: null, errors: refused("a") }, 2],
    ["every root field was refused", { data: { a: null, b: null }, errors: refused("a", "b") }, 2],
    ["one root field was carried out", { data: { a: 1, b: null }, errors: refused("b") }, 1],
    [
      "one root field failed otherwise",
      { data: { a: null, b: null }, errors: [...refused("a"), { message: "x", path: ["b"] }] },
      1,
    ],
  ])("a mutation, when %s: sent as often as is safe", async (_, answer, times) => {
    const tab = await it.signedInTab();
    const { client, sent } = clientOf(tab, [answer, { data: { a: 1, b: 2 } }]);
    const mutation = client.mutate({ mutation: rename, errorPolicy: "all" });
    await it.settled(mutation, 1000);
    expect(sent).toHaveLength(times);
  });

  test("a late failure of an old token is repeated with the new one, without a refresh", async () => {
    const tab = await it.signedInTab();
    const { client } = clientOf(tab);
    it.server.latencyMs = 1000;
    it.server.forgetAccessTokens();
    const late = client.query({ query: me, ...network });
    await it.pass(500);
    it.server.latencyMs = 10;
    await it.settled(tab.refresh());
    const { data } = await it.settled(late, 2000);
    expect(data).toMatchObject({ me: { id: expect.any(String) } });
    expect(it.server.count("Refresh")).toBe(1);
  });

  test("an operation that is cancelled while it waits is never sent", async () => {
    const tab = await it.signedInTab();
    const { client } = clientOf(tab);
    it.server.latencyMs = 1000;
    const old = await tab.getAccessToken();
    const refresh = tab.refresh(old);
    const cancelled = client.watchQuery({ query: me, ...network }).subscribe(() => {});
    const kept = client.query({ query: me, ...network });
    await it.pass(500);
    cancelled.unsubscribe();
    await it.settled(Promise.all([refresh, kept]), 5000);
    expect(it.server.count("Me")).toBe(1);
    expect(it.server.sent.at(-1)?.bearer).not.toBe(old);
  });

  test("without a token to be had the operation fails, and nobody is signed out", async () => {
    const tab = await it.signedInTab();
    const { client } = clientOf(tab);
    it.server.isDown = true;
    await it.pass(20 * minute);
    await expect(it.settled(client.query({ query: me }), 15_000)).rejects.toMatchObject({
      code: "NETWORK_ERROR",
    });
    expect(tab.state.status).toBe("signedIn");
  });

  test("an HTTP 401 of another server is refreshed for like UNAUTHENTICATED", async () => {
    const tab = await it.signedInTab();
    const statuses = [401, 200];
    const fetch = async () =>
      new Response('{"data":{"me":null}}', {
        status: statuses.shift() ?? 500,
        headers: { "content-type": "application/json" },
      });
    const link = createAuthLink(tab).concat(new HttpLink({ uri: "/graphql", fetch }));
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    await expect(it.settled(client.query({ query: me }), 1000)).resolves.toMatchObject({
      data: { me: null },
    });
  });

  test("the cache is emptied in all tabs when the person signs out", async () => {
    const tabs = [await it.signedInTab(), await it.anotherTab()];
    const clients = tabs.map((tab) => clientOf(tab).client);
    for (const client of clients) await it.settled(client.query({ query: me }));
    expect(clients.map((client) => "ROOT_QUERY" in (client.extract() as object))).toEqual([
      true,
      true,
    ]);
    await it.settled(tabs[0]?.signOut() ?? Promise.resolve());
    await it.pass(100);
    expect(clients.map((client) => "ROOT_QUERY" in (client.extract() as object))).toEqual([
      false,
      false,
    ]);
  });

  test("what a visitor saw is asked again once somebody has signed in", async () => {
    const tab = await it.anotherTab();
    const { client } = clientOf(tab);
    const seen: unknown[] = [];
    client.watchQuery<{ me: unknown }>({ query: me }).subscribe(({ data }) => seen.push(data?.me));
    await it.pass(100);
    await it.settled(tab.signIn(credentials), 1000);
    expect(seen.at(-1)).toMatchObject({ id: expect.any(String) });
  });
});
