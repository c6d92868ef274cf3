import { describe, expect, test } from "@jest/globals";
import type { Auth } from "../../src/index.js";
import { minute, story } from "../support/story.js";

const transports = [
  ["COOKIE", () => ({})],
  ["BODY", () => ({ transport: "BODY" as const, storage: localStorage })],
] as const;

describe.each(transports)("many tabs, transport %s", (_, options) => {
  const it = story();
  const tabs = async (count: number) => {
    const all: Auth[] = [await it.signedInTab(options())];
    while (all.length < count) all.push(await it.anotherTab(options()));
    return all;
  };

  test("a tab that opens beside others gets their token and asks the service for nothing", async () => {
    const all = await tabs(5);
    expect(all.map(({ state }) => state.status)).toEqual(Array(5).fill("signedIn"));
    expect(it.server.count("Refresh")).toBe(0);
  });

  test("five tabs that open at once make one refresh", async () => {
    const first = await it.signedInTab(options());
    first.dispose();
    const all = Array.from({ length: 5 }, () => it.browser.open(options()));
    await it.pass(3000);
    expect(all.map(({ state }) => state.status)).toEqual(Array(5).fill("signedIn"));
    expect(it.server.count("Refresh")).toBe(1);
  });

  test("five tabs make one refresh per expiry", async () => {
    const all = await tabs(5);
    await it.pass(60 * minute);
    expect(it.server.count("Refresh")).toBeLessThanOrEqual(Math.ceil(60 / 13));
    const tokens = await Promise.all(all.map((tab) => tab.getAccessToken()));
    expect(new Set(tokens).size).toBe(1);
  });

  test("when the service refuses the token of five tabs at once, they make one refresh", async () => {
    const all = await tabs(5);
    const old = await all[0]?.getAccessToken();
    it.server.forgetAccessTokens();
    const fresh = Promise.all(all.flatMap((tab) => [tab.refresh(old), tab.refresh(old)]));
    expect(new Set(await it.settled(fresh, 3000)).size).toBe(1);
    expect(it.server.count("Refresh")).toBe(1);
  });

  test("a late failure of an old token refreshes nothing", async () => {
    const [tab] = await tabs(1);
    const old = await tab?.getAccessToken();
    await it.settled(Promise.resolve(tab?.refresh()));
    await it.settled(Promise.resolve(tab?.refresh(old)));
    expect(it.server.count("Refresh")).toBe(1);
  });

  test("who signs out in one tab is signed out in all, with one request", async () => {
    const all = await tabs(3);
    const events: string[] = [];
    all[2]?.onAuthStateChange((event) => events.push(event));
    await it.settled(Promise.resolve(all[0]?.signOut()));
    await it.pass(100);
    expect(all.map(({ state }) => state.status)).toEqual(Array(3).fill("signedOut"));
    expect(events).toEqual(["SIGNED_OUT"]);
    expect(it.server.sent.map(({ operation }) => operation)).toEqual(["SignOut"]);
  });

  test("who signs in in one tab is signed in in all, without a refresh", async () => {
    const all = [it.browser.open(options()), it.browser.open(options())];
    await it.pass(2000);
    it.server.sent.length = 0;
    await it.settled(
      Promise.resolve(all[0]?.signIn({ email: "ada@example.com", password: "right" })),
    );
    await it.pass(1000);
    expect(all.map(({ state }) => state.user?.email)).toEqual(Array(2).fill("ada@example.com"));
    expect(it.server.count("Refresh")).toBe(0);
  });

  test("three tabs learn of the end of their session from one request", async () => {
    const all = await tabs(3);
    it.server.revoke(it.browser.record().session);
    const old = await all[0]?.getAccessToken();
    await it.settled(Promise.all(all.map((tab) => tab.refresh(old))), 1000);
    expect(all.map(({ state }) => state.status)).toEqual(Array(3).fill("signedOut"));
    expect(it.server.count("Refresh")).toBe(1);
  });

  test("a tab that was closed in mid-refresh costs the next one no session", async () => {
    await it.signedInTab(options());
    const { tab, die } = it.browser.openThatCanDie(options());
    await it.pass(1000);
    tab.refresh();
    await it.pass(5);
    die();
    await it.pass(30 * minute);
    const next = await it.anotherTab(options());
    expect(next.state.status).toBe("signedIn");
  });

  test("a token that was handed over long ago, and is read only now, is not taken", async () => {
    const [tab] = await tabs(1);
    it.browser.document.hidden = true;
    const session = tab?.state.session;
    const payload = { accessToken: "stale", expiresIn: 900, user: tab?.state.user, session };
    const sentAtMs = Date.now();
    await it.pass(16 * minute);
    new BroadcastChannel("gatehouse").postMessage({ payload, ageMs: 0, sentAtMs });
    await it.pass(10);
    expect(await it.settled(Promise.resolve(tab?.getAccessToken()))).toMatch(/^access-/);
  });
});

describe("a tab that holds the lock and does not come back", () => {
  const it = story();

  test("blocks nobody for more than a few seconds", async () => {
    const tab = await it.signedInTab();
    it.browser.locks.request("gatehouse", {}, () => new Promise(() => {}));
    await expect(it.settled(tab.refresh(), 6000)).resolves.toMatch(/^access-/);
    const again = it.settled(tab.refresh(), 100);
    await expect(again).resolves.toMatch(/^access-/);
  });
});

describe("without Web Locks", () => {
  const it = story({ webLocks: false });

  test("a lease in storage lets one tab refresh for five", async () => {
    const all = [await it.signedInTab()];
    while (all.length < 5) all.push(await it.anotherTab());
    it.server.latencyMs = 300;
    const old = await all[0]?.getAccessToken();
    it.server.forgetAccessTokens();
    const fresh = Promise.all(all.map((tab) => tab.refresh(old)));
    expect(new Set(await it.settled(fresh, 5000)).size).toBe(1);
    expect(it.server.count("Refresh")).toBe(1);
  });

  test("a lease that was left behind is good for a few seconds only", async () => {
    const tab = await it.signedInTab();
    localStorage.setItem("gatehouse:lease", `somebody ${Date.now() + 5000}`);
    await expect(it.settled(tab.refresh(), 6000)).resolves.toMatch(/^access-/);
  });

  test("a lease written under a clock an hour ahead holds nobody up", async () => {
    const tab = await it.signedInTab();
    localStorage.setItem("gatehouse:lease", `somebody ${Date.now() + 3_600_000}`);
    await expect(it.settled(tab.refresh(), 1000)).resolves.toMatch(/^access-/);
  });
});
