import { describe, expect, test } from "@jest/globals";
import { hasCode } from "../../src/index.js";
import { minute, story } from "../support/story.js";

const it = story();

describe("what may pass by itself signs nobody out", () => {
  test.each([
    ["a network error", "requestLost" as const],
    ["a lost reply", "replyLost" as const],
    ["an answer that breaks off", "cutAfterHeaders" as const],
    ["OVERLOADED", { code: "OVERLOADED", retryAfter: 1 }],
    ["RATE_LIMITED", { code: "RATE_LIMITED", retryAfter: 2 }],
    ["INTERNAL_SERVER_ERROR", { code: "INTERNAL_SERVER_ERROR" }],
  ])("%s is waited out, and whoever asked gets the token", async (_, mishap) => {
    const tab = await it.signedInTab();
    it.server.mishaps.push(mishap);
    await expect(it.settled(tab.refresh(), 5000)).resolves.toMatch(/^access-/);
    expect(tab.state.status).toBe("signedIn");
  });

  test("a service that stays away is asked less and less often, and in the end answers", async () => {
    const tab = await it.signedInTab();
    it.server.isDown = true;
    await it.pass(20 * minute);
    expect(tab.state.status).toBe("signedIn");
    await expect(it.settled(tab.getAccessToken(), 15_000)).rejects.toMatchObject({
      code: "NETWORK_ERROR",
    });
    it.server.isDown = false;
    await it.pass(0.5 * minute);
    expect(it.server.count("Refresh")).toBe(1);
    expect(tab.state.session?.rotations).toBe(1);
  });

  test("three tabs do not set each other off while the service is away", async () => {
    await it.signedInTab();
    const tabs = [await it.anotherTab(), await it.anotherTab()];
    it.server.isDown = true;
    await it.pass(30 * minute);
    // Each at most every fifteen seconds.
    expect(it.browser.recordsAtRefresh.length).toBeLessThan(3 * 4 * 18);
    expect(tabs.map(({ state }) => state.status)).toEqual(["signedIn", "signedIn"]);
  });

  test("nor do tabs that are opened while it is away", async () => {
    (await it.signedInTab()).dispose();
    it.server.isDown = true;
    for (let count = 0; count < 3; count++) await it.anotherTab();
    await it.pass(10 * minute);
    expect(it.browser.recordsAtRefresh.length).toBeLessThan(3 * (10 + 4 * 10));
  });

  test("a keeper that is disposed of amid a refresh that fails asks no more, and says so", async () => {
    const tab = await it.signedInTab();
    it.server.isDown = true;
    const refresh = tab.refresh().catch((error) => error);
    await it.pass(0.03 * minute);
    const asked = it.browser.recordsAtRefresh.length;
    expect(asked).toBeGreaterThan(0);
    tab.dispose();
    await it.pass(30 * minute);
    expect(it.browser.recordsAtRefresh.length).toBe(asked);
    expect(hasCode(await refresh, "NETWORK_ERROR")).toBe(true);
  });

  test("told to come back at once, the keeper still leaves a moment between", async () => {
    const tab = await it.signedInTab();
    const busy = { code: "OVERLOADED", retryAfter: 0 };
    it.server.mishaps.push(...Array(1000).fill(busy));
    await it.settled(tab.refresh(), 12_000).catch(() => {});
    expect(it.browser.recordsAtRefresh.length).toBeLessThan(60);
    it.server.mishaps.length = 0;
  });

  test("nobody waits longer than ten seconds or so for a token that cannot be had", async () => {
    const tab = await it.signedInTab();
    it.server.isDown = true;
    const error = await it.settled(tab.refresh(), 11_000).catch((thrown) => thrown);
    expect(hasCode(error, "NETWORK_ERROR")).toBe(true);
  });

  test("a service that never answers is given up after ten seconds", async () => {
    const tab = await it.signedInTab();
    it.server.hangs = true;
    const refresh = it.settled(tab.refresh(), 11_000);
    await expect(refresh).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    expect(tab.state.status).toBe("signedIn");
  });

  test("told to wait a minute, the keeper asks nothing for a minute", async () => {
    const tab = await it.signedInTab();
    it.server.mishaps.push({ code: "RATE_LIMITED", retryAfter: 60 });
    const error = await it.settled(tab.refresh()).catch((thrown) => thrown);
    expect(hasCode(error, "RATE_LIMITED") && error.details.retryAfter).toBe(60);
    await it.settled(tab.refresh()).catch(() => {});
    await it.pass(50_000);
    expect(it.browser.recordsAtRefresh).toHaveLength(1);
    await it.pass(20_000);
    expect(tab.state.session?.rotations).toBe(1);
  });

  test("offline, it fails at once and goes on when the network is back", async () => {
    const tab = await it.signedInTab();
    Object.assign(navigator, { onLine: false });
    it.server.isDown = true;
    await expect(it.settled(tab.refresh(), 10)).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    it.server.isDown = false;
    Object.assign(navigator, { onLine: true });
    it.server.forgetAccessTokens();
    it.browser.events.dispatchEvent(new Event("online"));
    await it.pass(2000);
    expect(tab.state.session?.rotations).toBe(1);
  });

  test("before anything is known the state is loading, with the reason", async () => {
    it.server.isDown = true;
    const tab = it.browser.open();
    await it.pass(1000);
    expect(tab.state).toMatchObject({ status: "loading", error: { code: "NETWORK_ERROR" } });
  });

  test("a proxy's page is no GraphQL answer and no sign-out", async () => {
    const tab = await it.signedInTab();
    const page = new Response("<html>bad gateway</html>", { status: 502 });
    const other = it.browser.open({ fetch: async () => page.clone() });
    await it.pass(500);
    expect(other.state).toMatchObject({ status: "signedIn" });
    await expect(it.settled(other.refresh(), 20_000)).rejects.toMatchObject({
      code: "BAD_RESPONSE",
      details: { status: 502 },
    });
    expect(tab.state.status).toBe("signedIn");
  });
});
