import { useMemo, useSyncExternalStore } from "react";
import type { Auth } from "../auth.js";
import { useKeeper } from "./context.js";
import { createSessionsStore, type SessionsState, type SessionsStore } from "./sessions-store.js";

const stores = new WeakMap<Auth, SessionsStore>();
const nothing: SessionsState = {};

function storeOf(auth: Auth): SessionsStore {
  const store = stores.get(auth) ?? createSessionsStore(auth);
  stores.set(auth, store);
  return store;
}

/**
 * The devices on which the user is signed in, and how to end them. The list looks again by itself:
 * after what is done here, with each new access token, when the page is shown, and once a minute; with
 * `watchSessionEvents` at once instead.
 */
export function useSessions() {
  const store = storeOf(useKeeper());
  const state = useSyncExternalStore(store.subscribe, store.getState, () => nothing);
  return useMemo(() => {
    const { revoke, revokeOthers, reload } = store;
    return { ...state, revoke, revokeOthers, reload };
  }, [store, state]);
}
