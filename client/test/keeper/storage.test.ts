import { describe, expect, test } from "@jest/globals";
import { memoryStorage } from "../../src/index.js";
import { credentials, minute, story } from "../support/story.js";

const it = story();

/** As a keychain on a phone: three methods that take their time. */
function keychain() {
  const inner = memoryStorage();
  return {
    getItem: async (key: string) => inner.getItem(key),
    setItem: async (key: string, value: string) => inner.setItem(key, value),
  };
}

describe("storage", () => {
  test("with the cookie, no token is ever in storage", async () => {
    const tab = await it.signedInTab();
    await it.settled(tab.refresh());
    const stored = [...it.browser.items.values()].join();
    expect(stored).not.toContain(await tab.getAccessToken());
    expect(stored).not.toContain(it.browser.jar);
    expect(stored).not.toContain(credentials.email);
  });

  test("in body transport the access token is in memory alone", async () => {
    const tab = await it.signedInTab({ transport: "BODY", storage: localStorage });
    const stored = [...it.browser.items.values()].join();
    expect(stored).not.toContain(await tab.getAccessToken());
    expect(it.browser.record().token).toBe("session-1/0");
    expect(it.browser.jar).toBeUndefined();
  });

  test("in body transport memory is the default: a new page is signed out", async () => {
    await it.signedInTab({ transport: "BODY" });
    const next = await it.anotherTab({ transport: "BODY" });
    expect(next.state.status).toBe("signedOut");
    expect(it.server.count("Refresh")).toBe(0);
    expect(it.browser.items.get("gatehouse")).toBeUndefined();
  });

  test("a keychain of the app's own keeps the session over a restart", async () => {
    const storage = keychain();
    const tab = await it.signedInTab({ transport: "BODY", storage });
    tab.dispose();
    const next = await it.anotherTab({ transport: "BODY", storage });
    expect(next.state.user?.email).toBe(credentials.email);
  });

  test("a keychain that is locked for a while signs nobody out", async () => {
    const storage = keychain();
    (await it.signedInTab({ transport: "BODY", storage })).dispose();
    let isLocked = true;
    const getItem = async (key: string) => {
      if (isLocked) throw new Error("locked");
      return storage.getItem(key);
    };
    const tab = await it.anotherTab({ transport: "BODY", storage: { ...storage, getItem } });
    expect(tab.state).toMatchObject({ status: "loading", error: { code: "STORAGE_ERROR" } });
    isLocked = false;
    await it.pass(minute);
    expect(tab.state.status).toBe("signedIn");
  });

  test("where storage is refused, one tab works as ever", async () => {
    it.browser.storage.setItem = () => {
      throw new DOMException("quota", "QuotaExceededError");
    };
    const tab = await it.signedInTab({ storage: { ...it.browser.storage } });
    await it.pass(60 * minute);
    expect(tab.state.session?.rotations).toBeGreaterThan(3);
  });

  test("what somebody else wrote under our name is no session and no crash", async () => {
    localStorage.setItem("gatehouse", "{not json");
    const tab = await it.anotherTab();
    expect(tab.state.status).toBe("signedOut");
  });
});
