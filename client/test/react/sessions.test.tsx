import { describe, expect, jest, test } from "@jest/globals";
import { version } from "react";
import { liveOf } from "../../src/live.js";
import { AuthProvider, useSessions } from "../../src/react/index.js";
import { actOf, dom, fakeKeeper, payloadOf, render, sessionOf } from "./support.js";

dom();
const own = sessionOf("session-1", true);
const other = sessionOf("session-2");

async function shown() {
  const keeper = fakeKeeper(payloadOf("ada@example.com"));
  keeper.answers.set("Sessions", { mySessions: [own, other] });
  const held = {} as ReturnType<typeof useSessions>;
  function List() {
    Object.assign(held, { sessions: undefined, error: undefined }, useSessions());
    return <>{held.sessions?.map(({ id }) => id).join(" ")}</>;
  }
  const view = await render(
    <AuthProvider auth={keeper.auth}>
      <List />
      <List />
    </AuthProvider>,
  );
  return { ...keeper, held, view, ...(await actOf()) };
}

describe(`useSessions on React ${version}`, () => {
  test("lists the devices, with one request for all that show them", async () => {
    const { view, asked } = await shown();
    expect(view.text()).toBe("session-1 session-2session-1 session-2");
    expect(asked).toEqual(["Sessions"]);
  });

  test("a session that is revoked leaves the list", async () => {
    const { act, answers, asked, held, view } = await shown();
    answers.set("Sessions", { mySessions: [own] });
    await act(() => held.revoke("session-2"));
    expect(asked).toEqual(["Sessions", "RevokeSession", "Sessions"]);
    expect(view.text()).toBe("session-1session-1");
  });

  test("all others can be revoked at once", async () => {
    const { act, answers, asked, held } = await shown();
    answers.set("Sessions", { mySessions: [own] });
    await act(() => held.revokeOthers());
    expect(asked).toContain("RevokeOtherSessions");
    expect(held.sessions).toEqual([own]);
  });

  test("to revoke one's own session is to sign out", async () => {
    const { act, asked, held, view } = await shown();
    await act(() => held.revoke("session-1"));
    expect(asked).toEqual(["Sessions", "SignOut"]);
    expect(view.text()).toBe("");
  });

  test("looks again with each new token, and when the page is shown", async () => {
    const { act, asked, state } = await shown();
    await act(async () => state.signedIn(payloadOf("ada@example.com", "session-1", 1)));
    await act(async () => void document.dispatchEvent(new window.Event("visibilitychange")));
    expect(asked).toEqual(["Sessions", "Sessions", "Sessions"]);
  });

  test("looks at once when it is told that sessions changed, and by the clock only while nobody tells", async () => {
    jest.useFakeTimers({ doNotFake: ["queueMicrotask", "nextTick", "setImmediate"] });
    try {
      const { act, asked, auth, view } = await shown();
      const live = liveOf(auth);
      await act(() => jest.advanceTimersByTimeAsync(61_000));
      expect(asked).toHaveLength(2);
      live.isOpen = true;
      await act(() => jest.advanceTimersByTimeAsync(300_000));
      expect(asked).toHaveLength(2);
      await act(async () => {
        for (const told of live.listeners) told();
      });
      expect(asked).toHaveLength(3);
      await view.unmount();
      expect(live.listeners.size).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test("a look that fails keeps the list and says why", async () => {
    const { act, answers, held } = await shown();
    const error = new Error("no network");
    answers.set("Sessions", error);
    await act(() => held.reload());
    expect(held).toMatchObject({ sessions: [own, other], error });
  });

  test("nobody looks once nobody shows the list", async () => {
    const { act, asked, state, view } = await shown();
    await view.unmount();
    await act(async () => state.signedIn(payloadOf("ada@example.com", "session-1", 1)));
    expect(asked).toEqual(["Sessions"]);
  });
});
