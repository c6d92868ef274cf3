import { describe, expect, test } from "@jest/globals";
import { story } from "../support/story.js";

const it = story();
const body = () => ({ transport: "BODY" as const, storage: localStorage });

describe("the client rules", () => {
  test("each token has a retry key of its own, of 128 random bits", async () => {
    const tab = await it.signedInTab();
    for (let round = 0; round < 3; round++) await it.settled(tab.refresh());
    const keys = it.refreshes().map(({ retryKey }) => retryKey);
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });

  test("the key is in shared storage, with the token's marker, before the request leaves", async () => {
    const tab = await it.signedInTab();
    const { session, rotations } = it.browser.record();
    await it.settled(tab.refresh());
    const [{ retryKey } = {}] = it.refreshes();
    expect(it.browser.recordsAtRefresh).toEqual([
      expect.objectContaining({ session, rotations, pending: retryKey }),
    ]);
  });

  test("a pending key for the current marker is used by whichever tab comes next", async () => {
    const { tab, die } = it.browser.openThatCanDie(body());
    await it.settled(tab.signIn({ email: "ada@example.com", password: "right" }), 300);
    tab.refresh();
    await it.pass(5);
    die();
    const next = await it.anotherTab(body());
    const [first, second] = it.refreshes();
    expect(second?.retryKey).toBe(first?.retryKey);
    expect(next.state.status).toBe("signedIn");
  });

  test("a request that was lost is repeated with its key", async () => {
    const tab = await it.signedInTab();
    it.server.mishaps.push("replyLost", "requestLost");
    await it.settled(tab.refresh(), 5000);
    const [first, second] = it.refreshes();
    expect(second).toEqual(first);
    expect(tab.state.session?.rotations).toBe(1);
  });

  test("the last finished key goes along as previousRetryKey", async () => {
    const tab = await it.signedInTab();
    await it.settled(tab.refresh());
    await it.settled(tab.refresh());
    const [first, second] = it.refreshes();
    expect(first?.previousRetryKey).toBeUndefined();
    expect(second?.previousRetryKey).toBe(first?.retryKey);
  });

  test("so a cookie that a power cut set back one rotation is no theft", async () => {
    const tab = await it.signedInTab();
    const early = it.browser.jar;
    await it.settled(tab.refresh());
    it.browser.jar = early;
    await it.pass(120_000);
    await it.settled(tab.refresh());
    expect(tab.state.status).toBe("signedIn");
    await it.settled(tab.refresh());
    expect(tab.state.session?.rotations).toBe(2);
  });

  test("a token is stored only over one with fewer rotations", async () => {
    const tab = await it.signedInTab(body());
    it.server.latencyMs = 2000;
    const late = tab.refresh();
    await it.pass(1000);
    const further = { ...it.browser.record(), rotations: 7, token: "further" };
    localStorage.setItem("gatehouse", JSON.stringify(further));
    await it.settled(late, 3000);
    expect(it.browser.record()).toMatchObject({ rotations: 7, token: "further" });
  });

  test("OVERLOADED is asked again after retryAfter, with what storage holds then", async () => {
    const tab = await it.signedInTab(body());
    it.server.mishaps.push({ code: "OVERLOADED", retryAfter: 3 });
    const refresh = tab.refresh();
    await it.pass(1000);
    const stored = { ...it.browser.record(), pending: "the key of another tab" };
    localStorage.setItem("gatehouse", JSON.stringify(stored));
    expect(it.refreshes()).toHaveLength(0);
    await it.settled(refresh, 3000);
    expect(it.refreshes()).toEqual([expect.objectContaining({ retryKey: stored.pending })]);
  });

  test("only INVALID_REFRESH_TOKEN signs out, and only for what storage still holds", async () => {
    const tab = await it.signedInTab(body());
    const session = it.browser.record().session;
    it.server.latencyMs = 1000;
    it.server.mishaps.push({ code: "INVALID_REFRESH_TOKEN" });
    const refused = tab.refresh();
    await it.pass(500);
    it.server.latencyMs = 10;
    const elsewhere = await it.server.handle({
      operation: "SignIn",
      variables: { input: { email: "ada@example.com", password: "right", transport: "BODY" } },
    });
    const { login } = (elsewhere.body as { data: { login: Payload } }).data;
    const record = { session: login.session.id, rotations: 0, token: login.refreshToken };
    localStorage.setItem("gatehouse", JSON.stringify(record));
    await it.settled(refused, 3000);
    expect(tab.state.status).toBe("signedIn");
    expect(tab.state.session?.id).not.toBe(session);
  });

  test("INVALID_REFRESH_TOKEN for the token in storage signs out", async () => {
    const tab = await it.signedInTab();
    it.server.revoke(it.browser.record().session);
    await it.settled(tab.refresh());
    expect(tab.state.status).toBe("signedOut");
    expect(it.browser.record()).toMatchObject({ ended: true });
  });
});

interface Payload {
  refreshToken: string;
  session: { id: string };
}
