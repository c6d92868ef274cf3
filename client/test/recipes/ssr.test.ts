import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { render } from "../../recipes/ssr-server";
import { createAuth, retryCookieStorage } from "../../src/index.js";
import { refreshOnServer } from "../../src/server.js";
import type { AuthPayload } from "../../src/types.js";
import { credentials, minute, story } from "../support/story.js";

const it = story();
const retryCookie = "gatehouse_retry";
const realFetch = globalThis.fetch;

/** While the app's server renders there is no window, and its fetch goes to the service. */
async function onServer<T>(work: () => Promise<T>): Promise<T> {
  const names = ["window", "document", "localStorage", "addEventListener", "fetch"] as const;
  const globals = globalThis as Record<string, unknown>;
  const before = names.map((name) => [name, globals[name]] as const);
  for (const name of names) globals[name] = undefined;
  globals.fetch = async (_url: string, { body, headers }: RequestInit) => {
    const cookie = /gatehouse_refresh=([^;]+)/.exec(new Headers(headers).get("cookie") ?? "")?.[1];
    const { variables } = JSON.parse(String(body));
    const answer = it.server.handle({ operation: "Refresh", variables }, cookie);
    const response = new Response(JSON.stringify(answer.body));
    if ("setCookie" in answer)
      response.headers.append(
        "set-cookie",
        `gatehouse_refresh=${answer.setCookie}; Path=/; HttpOnly`,
      );
    return response;
  };
  return work().finally(() => {
    for (const [name, value] of before) globals[name] = value;
  });
}

/** A request for a page, with the cookies of the browser. */
function navigation(): Request {
  const script = it.browser.document.cookie;
  const token = it.browser.jar ? `gatehouse_refresh=${it.browser.jar}` : "";
  return new Request("http://localhost/", {
    headers: { cookie: [token, script].filter(Boolean).join("; ") },
  });
}

/** What the browser does with the page's headers. */
function take(setCookies: string[]): void {
  for (const text of setCookies) {
    const [name, value] = text.split(";")[0]?.split("=") ?? [];
    if (name === "gatehouse_refresh") it.browser.jar = value;
    else it.browser.document.cookie = text;
  }
}

const visit = async () => {
  const request = navigation();
  const response = await onServer(() => render(request));
  return { html: await response.text(), setCookies: response.headers.getSetCookie() };
};

const initialOf = (html: string): AuthPayload | undefined =>
  JSON.parse(/window.initial = (.*?)<\/script>/.exec(html)?.[1] ?? "null") ?? undefined;

beforeEach(async () => {
  await it.signedInTab({ storage: retryCookieStorage(retryCookie) });
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

describe("server-side rendering", () => {
  test("the first arrival, to which a strict cookie does not come along, renders loading", async () => {
    it.browser.jar = undefined;
    it.browser.cookies.clear();
    const { html, setCookies } = await visit();
    expect(html).toContain("One moment");
    expect(html).not.toContain("Please sign in");
    expect(setCookies).toEqual([]);
    expect(it.server.count("Refresh")).toBe(0);
  });

  test("who comes with the cookies is greeted by name, after one refresh", async () => {
    const { html, setCookies } = await visit();
    expect(html).toMatch(/Hello .*ada@example.com/);
    expect(setCookies).toHaveLength(2);
    expect(it.server.count("Refresh")).toBe(1);
  });

  test("however many parts of a page ask, one request makes one refresh", async () => {
    const request = navigation();
    const options = { url: "http://127.0.0.1:4000/graphql", retryCookie };
    const all = await onServer(() =>
      Promise.all([refreshOnServer(request, options), refreshOnServer(request, options)]),
    );
    expect(all[0]).toBe(all[1]);
    expect(it.server.count("Refresh")).toBe(1);
  });

  test("the page goes on with the token that it was rendered with", async () => {
    const { html, setCookies } = await visit();
    take(setCookies);
    const tab = it.browser.open({
      storage: retryCookieStorage(retryCookie),
      initial: initialOf(html),
    });
    expect(tab.state.status).toBe("signedIn");
    await it.pass(5 * minute);
    expect(it.server.count("Refresh")).toBe(1);
    await it.pass(60 * minute);
    expect(tab.state.session?.rotations).toBeGreaterThan(4);
  });

  test("pages that are lost on the way, before or after their cookies, sign nobody out", async () => {
    for (const isStored of [false, true, false, true, true]) {
      const { html, setCookies } = await visit();
      expect(html).toContain(credentials.email);
      if (isStored) take(setCookies);
      await it.pass(20 * minute);
    }
    expect(it.server.rows.size).toBe(1);
    expect([...it.server.rows.values()].every(({ ended }) => !ended)).toBe(true);
  });

  test("without a service the page is loading", async () => {
    it.server.answers.set("Refresh", { data: null, errors: [{ message: "no" }] });
    expect((await visit()).html).toContain("One moment");
  });

  test("where there is no browser, nobody asks without the cookie and takes the no for an answer", async () => {
    const state = await onServer(async () => {
      const auth = createAuth({ url: "/graphql" });
      await expect(auth.getAccessToken()).rejects.toMatchObject({ code: "NETWORK_ERROR" });
      return auth.state;
    });
    expect(state.status).toBe("loading");
    expect(it.server.count("Refresh")).toBe(0);
  });
});
