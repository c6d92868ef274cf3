import { afterEach, beforeEach, expect, jest } from "@jest/globals";
import type { Auth, AuthOptions } from "../../src/index.js";
import { FakeBrowser } from "./fake-browser.js";
import { FakeServer } from "./fake-server.js";

export const minute = 60_000;
export const credentials = { email: "ada@example.com", password: "right" };

/** One server, one browser and fake time for each test of a file; no test may leave a reuse behind. */
export function story(browserOptions?: ConstructorParameters<typeof FakeBrowser>[1]) {
  const it = {} as { server: FakeServer; browser: FakeBrowser };
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ["queueMicrotask", "nextTick"] });
    it.server = new FakeServer();
    it.browser = new FakeBrowser(it.server, browserOptions);
  });
  afterEach(() => {
    it.browser.close();
    jest.useRealTimers();
    expect(it.server.reuses).toBe(0);
  });

  return {
    get server() {
      return it.server;
    },
    get browser() {
      return it.browser;
    },
    pass: (ms: number) => jest.advanceTimersByTimeAsync(ms),
    /** Waits for the promise while time goes on. */
    async settled<T>(promise: Promise<T>, ms = 100): Promise<T> {
      promise.catch(() => {});
      await jest.advanceTimersByTimeAsync(ms);
      return promise;
    },
    async signedInTab(options: Partial<AuthOptions> = {}): Promise<Auth> {
      const tab = it.browser.open(options);
      await jest.advanceTimersByTimeAsync(250);
      const signIn = tab.signIn(credentials);
      await jest.advanceTimersByTimeAsync(250);
      await signIn;
      it.server.sent.length = 0;
      it.browser.recordsAtRefresh.length = 0;
      return tab;
    },
    /** Opens another tab and lets it find out who is signed in. */
    async anotherTab(options: Partial<AuthOptions> = {}): Promise<Auth> {
      const tab = it.browser.open(options);
      await jest.advanceTimersByTimeAsync(1000);
      return tab;
    },
    /** The variables of each refresh that reached the server. */
    refreshes: () =>
      it.server.sent
        .filter(({ operation }) => operation === "Refresh")
        .map(({ variables }) => variables as Record<string, string | undefined>),
  };
}
