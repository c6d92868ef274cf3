import { describe, expect, jest, test } from "@jest/globals";
import { minute, story } from "../support/story.js";

const it = story();
const hour = 60 * minute;

describe("time", () => {
  test("a token is refreshed before it ends, at a moment of the tab's own", async () => {
    await it.signedInTab();
    await it.pass(12.9 * minute);
    expect(it.server.count("Refresh")).toBe(0);
    await it.pass(1.2 * minute);
    expect(it.server.count("Refresh")).toBe(1);
  });

  test.each([-hour, hour])("a device clock that is wrong by %i ms does no harm", async (error) => {
    jest.setSystemTime(Date.now() + error);
    const tab = await it.signedInTab();
    await it.pass(12.9 * minute);
    expect(it.server.count("Refresh")).toBe(0);
    await it.pass(1.2 * minute);
    expect(tab.state.session?.rotations).toBe(1);
  });

  test("a clock that is set back does not keep a token alive", async () => {
    const tab = await it.signedInTab();
    const token = await tab.getAccessToken();
    const { now } = Date;
    jest.spyOn(Date, "now").mockImplementation(() => now() - hour);
    it.browser.document.hidden = true;
    await it.pass(15 * minute);
    expect(await it.settled(tab.getAccessToken())).not.toBe(token);
  });

  test("after a sleep in which the steady clock stood still, the token is not sent again", async () => {
    const tab = await it.signedInTab();
    const token = await tab.getAccessToken();
    jest.setSystemTime(Date.now() + hour);
    expect(await it.settled(tab.getAccessToken())).not.toBe(token);
  });

  test.each(["pageshow", "online"])(
    "a page that wakes (%s) late refreshes at once",
    async (event) => {
      await it.signedInTab();
      jest.setSystemTime(Date.now() + hour);
      it.browser.events.dispatchEvent(new Event(event));
      await it.pass(500);
      expect(it.server.count("Refresh")).toBe(1);
    },
  );

  test("a page that wakes in time refreshes nothing", async () => {
    await it.signedInTab();
    await it.pass(5 * minute);
    it.browser.document.dispatchEvent(new Event("visibilitychange"));
    await it.pass(500);
    expect(it.server.count("Refresh")).toBe(0);
  });

  test("a hidden page refreshes when it is shown, or when it needs a token", async () => {
    const tab = await it.signedInTab();
    it.browser.document.hidden = true;
    await it.pass(hour);
    expect(it.server.count("Refresh")).toBe(0);
    await it.settled(tab.getAccessToken());
    expect(it.server.count("Refresh")).toBe(1);
    await it.pass(hour);
    it.browser.document.hidden = false;
    it.browser.document.dispatchEvent(new Event("visibilitychange"));
    await it.pass(500);
    expect(it.server.count("Refresh")).toBe(2);
  });

  test("a tab that slept looks at the shared state before it refreshes", async () => {
    const awake = await it.signedInTab();
    const asleep = await it.anotherTab();
    it.browser.document.hidden = true;
    await it.pass(hour);
    await it.settled(awake.refresh());
    const refreshes = it.server.count("Refresh");
    it.browser.document.hidden = false;
    it.browser.events.dispatchEvent(new Event("pageshow"));
    await it.pass(1000);
    expect(it.server.count("Refresh")).toBe(refreshes);
    expect(await asleep.getAccessToken()).toBe(await awake.getAccessToken());
  });

  test("a tab that slept through a sign-out is signed out when it wakes, and asks nobody", async () => {
    const awake = await it.signedInTab();
    const asleep = await it.anotherTab();
    await it.settled(awake.signOut());
    it.browser.events.dispatchEvent(new Event("pageshow"));
    await it.pass(100);
    expect(asleep.state.status).toBe("signedOut");
    expect(it.server.count("Refresh")).toBe(0);
  });
});
