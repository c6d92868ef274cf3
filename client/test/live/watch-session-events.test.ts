import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Auth, SessionEvent, SubscriptionClient } from "../../src/index.js";
import { watchSessionEvents } from "../../src/index.js";
import { liveOf } from "../../src/live.js";
import { createState } from "../../src/state.js";
import { fakeKeeper, payloadOf, sessionOf } from "../react/support.js";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

type Sink = Parameters<SubscriptionClient["subscribe"]>[1];

/** A socket whose other end is the test. */
function fakeSocket() {
  const listeners = { connected: new Set<() => void>(), closed: new Set<() => void>() };
  const sinks: Sink[] = [];
  const left: Sink[] = [];
  const socket: SubscriptionClient = {
    subscribe(_request, sink) {
      sinks.push(sink);
      return () => {
        left.push(sink);
        sink.complete();
      };
    },
    on(event, listener) {
      listeners[event].add(listener);
      return () => void listeners[event].delete(listener);
    },
  };
  const emit = (event: "connected" | "closed") => {
    for (const listener of listeners[event]) listener();
  };
  return { socket, sinks, left, emit };
}

function watched() {
  const { auth, state } = fakeKeeper(payloadOf("ada@example.com"));
  const calls: string[] = [];
  Object.assign(auth, {
    getAccessToken: async () => state.held?.payload.accessToken,
    refresh: async (refused: string) => void calls.push(`refresh ${refused}`),
    reloadUser: async () => void calls.push("reloadUser"),
  } satisfies Partial<Record<keyof Auth, unknown>>);
  const changes = { count: 0 };
  liveOf(auth).listeners.add(() => {
    changes.count += 1;
  });
  const fake = fakeSocket();
  const stop = watchSessionEvents(auth, fake.socket);
  const tell = (kind: SessionEvent["kind"], session?: string) =>
    fake.sinks.at(-1)?.next({
      data: {
        sessionEvents: { kind, at: "now", session: session ? sessionOf(session) : null },
      },
    });
  return { ...fake, auth, state, calls, changes, stop, tell };
}

describe("watchSessionEvents", () => {
  test("asks for the user when the profile has changed, and nothing else", () => {
    const { tell, calls, changes } = watched();
    tell("PROFILE_CHANGED");
    expect([calls, changes.count]).toEqual([["reloadUser"], 0]);
  });

  test("tells whoever shows sessions that another began or ended", () => {
    const { tell, calls, changes } = watched();
    tell("SESSION_STARTED", "session-2");
    tell("SESSION_ENDED", "session-2");
    expect([calls, changes.count]).toEqual([[], 2]);
  });

  test("lets a refresh decide when the stream says that this session is over", async () => {
    const { tell, sinks, calls, changes } = watched();
    tell("SESSION_ENDED", "session-1");
    sinks[0]?.complete();
    await jest.advanceTimersByTimeAsync(0);
    expect([calls, changes.count]).toEqual([["refresh access-session-1-0"], 0]);
  });

  test("listens again after a while, when that was not so, or after an error", async () => {
    const { sinks } = watched();
    sinks[0]?.complete();
    await jest.advanceTimersByTimeAsync(61_000);
    expect(sinks).toHaveLength(2);
    sinks[1]?.error(new Error("too many streams"));
    await jest.advanceTimersByTimeAsync(61_000);
    expect(sinks).toHaveLength(3);
  });

  test("asks for what it may have missed when the socket is open, first and again", () => {
    const { emit, auth, calls, changes } = watched();
    for (let i = 1; i <= 2; i++) {
      emit("connected");
      expect([calls.length, changes.count, liveOf(auth).isOpen]).toEqual([i, i, true]);
      emit("closed");
      expect(liveOf(auth).isOpen).toBe(false);
    }
  });

  test("listens for whoever is signed in, and for nobody", async () => {
    const { state, sinks, left, calls, auth } = watched();
    state.signedOut();
    expect([sinks.length, left.length, liveOf(auth).isOpen]).toEqual([1, 1, false]);
    state.signedIn(payloadOf("grace@example.com", "session-9"));
    expect([sinks.length, left.length]).toEqual([2, 1]);
    state.signedIn(payloadOf("grace@example.com", "session-9", 1));
    expect(sinks).toHaveLength(2);
    await jest.advanceTimersByTimeAsync(120_000);
    expect([sinks.length, calls]).toEqual([2, []]);
  });

  test("stops when it is told to", async () => {
    const { stop, state, sinks, left, calls } = watched();
    stop();
    state.signedIn(payloadOf("grace@example.com", "session-9"));
    await jest.advanceTimersByTimeAsync(120_000);
    expect([sinks.length, left.length, calls]).toEqual([1, 1, []]);
  });

  test("nobody signed in: nothing is asked", () => {
    const state = createState();
    const auth = { state: state.current, subscribe: state.subscribe } as unknown as Auth;
    const { socket, sinks } = fakeSocket();
    watchSessionEvents(auth, socket);
    expect(sinks).toEqual([]);
  });
});
