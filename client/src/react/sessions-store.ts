import type { Auth } from "../auth.js";
import {
  revokeOtherSessionsDocument,
  revokeSessionDocument,
  sessionsDocument,
} from "../documents.js";
import type { GatehouseError } from "../errors.js";
import { liveOf } from "../live.js";
import type { Session } from "../types.js";

/** Somebody may sign in on another device while the list is looked at, and nobody tells us. */
const reloadEveryMs = 60_000;

export interface SessionsState {
  /** Latest use first; `undefined` until they are known. */
  sessions?: readonly Session[];
  /** Why the last look failed. */
  error?: GatehouseError;
}

/** The list of one keeper, shared by all components that show it; it loads only while one does. */
export function createSessionsStore(auth: Auth) {
  const listeners = new Set<() => void>();
  let state: SessionsState = {};
  let newest = 0;
  let stop = () => {};

  const change = (next: SessionsState) => {
    state = next;
    for (const listener of [...listeners]) listener();
  };

  async function reload(): Promise<void> {
    newest += 1;
    const mine = newest;
    const isLatest = () => mine === newest;
    if (auth.state.status !== "signedIn") return change({});
    try {
      const { mySessions } = await auth.request<{ mySessions: Session[] }>(sessionsDocument);
      if (isLatest()) change({ sessions: mySessions });
    } catch (error) {
      if (isLatest()) change({ ...state, error: error as GatehouseError });
    }
  }

  function begin(): void {
    const stopEvents = auth.onAuthStateChange((event) => event !== "USER_UPDATED" && reload());
    const page = globalThis.document;
    const look = () => page?.hidden || void reload();
    const live = liveOf(auth);
    const told = () => void reload();
    live.listeners.add(told);
    const timer = setInterval(() => live.isOpen || look(), reloadEveryMs);
    page?.addEventListener("visibilitychange", look);
    stop = () => {
      stopEvents();
      clearInterval(timer);
      live.listeners.delete(told);
      page?.removeEventListener("visibilitychange", look);
    };
    void reload();
  }

  return {
    getState: () => state,
    subscribe(listener: () => void) {
      if (listeners.size === 0) begin();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    reload,
    /** Ends one session; this device's own signs out here. @throws {GatehouseError} */
    async revoke(id: string): Promise<void> {
      if (auth.state.session?.id === id) return auth.signOut();
      await auth.request(revokeSessionDocument, { id });
      await reload();
    },
    /** Ends all but this device's. @throws {GatehouseError} */
    async revokeOthers(): Promise<void> {
      await auth.request(revokeOtherSessionsDocument);
      await reload();
    },
  };
}

export type SessionsStore = ReturnType<typeof createSessionsStore>;
