import { createActions } from "./actions.js";
import type { Parts } from "./attempt.js";
import type { Auth, AuthOptions } from "./auth.js";
import { connectTabs } from "./channel.js";
import { hasCode } from "./errors.js";
import { browserStorage } from "./local-storage.js";
import { createLock } from "./lock.js";
import { memoryStorage, recordStore, withAnswer } from "./record.js";
import { createRefresher } from "./refresh.js";
import { type Endpoint, post } from "./request.js";
import { createState, isUsable } from "./state.js";
import { takeOver } from "./take-over.js";
import { onWake } from "./wake.js";

/** What asks by itself is asked again by itself. */
const ignore = () => {};

function endpointOf({ url, fetch, transport }: AuthOptions): Endpoint {
  const send: typeof globalThis.fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
  return { url, fetch: send, credentials: transport === "BODY" ? "omit" : "include" };
}

function assemble(options: AuthOptions, name: string): Parts & { shared: boolean; resume(): void } {
  const { initial } = options;
  const cookie = options.transport !== "BODY";
  const local = browserStorage();
  const storage = options.storage ?? (cookie && local ? local : memoryStorage());
  const shared = storage === local || storage.shared === true;
  const state = createState(initial);
  const tabs = connectTabs(name, shared, {
    onAsked: () => isUsable(state.held) && tabs.handOver(state.held),
    onHandOver: (payload, ageMs) => takeOver(parts, payload, ageMs).catch(ignore),
  });
  const records = recordStore(storage, name);
  let resume = () => {};
  const parts: Parts & { shared: boolean; resume(): void } = {
    alone: createLock(name, shared),
    shared,
    cookie,
    endpoint: endpointOf(options),
    records,
    state,
    tabs,
    adopt(payload, ageMs) {
      state.signedIn(payload, ageMs);
      if (ageMs === undefined && state.held) tabs.handOver(state.held);
      resume();
    },
    pause: (ms) =>
      new Promise((done) => {
        const timer = setTimeout(done, ms);
        resume = () => {
          clearTimeout(timer);
          done();
        };
      }),
    resume: () => resume(),
  };
  return parts;
}

/** Makes the one keeper of an app. */
export function createAuth(options: AuthOptions): Auth {
  const { name = "gatehouse", initial } = options;
  const parts = assemble(options, name);
  const { shared, endpoint, records, state, tabs } = parts;
  const refresher = createRefresher(parts);
  const initialState = state.current;
  let stop: (() => void) | undefined;

  const token = () => state.held?.payload.accessToken;
  const isSignedOut = () => state.current.status === "signedOut";

  /** Another tab changed the record: it signed in or out, or has a token that this one lacks. */
  async function look(): Promise<void> {
    const { session, rotations = 0, ended } = await records.read();
    const held = state.held?.payload.session;
    if (ended) return held && held.id === session ? state.signedOut() : undefined;
    const isOther = session !== undefined && session !== held?.id;
    const isLater = rotations > (held?.rotations ?? 0) && !isUsable(state.held);
    if (isOther || isLater) await refresher.renew(undefined, true);
  }

  /** A page that slept looks at what the tabs share before anything else. */
  async function wake(): Promise<void> {
    tabs.open();
    await look();
    if (!isSignedOut() && refresher.isDue()) await refresher.renew();
  }

  async function begin(): Promise<void> {
    if (!initial) return refresher.renew();
    refresher.plan();
    const now = await records.read();
    const next = withAnswer(now, now, initial);
    if (next) await records.write(next);
  }

  function start(): void {
    if (stop) return;
    stop = onWake({
      name,
      shared,
      look: () => look().catch(ignore),
      wake: () => wake().catch(ignore),
      sleep: tabs.close,
    });
    tabs.open();
    begin().catch(ignore);
  }

  async function getAccessToken(): Promise<string | undefined> {
    start();
    if (!isSignedOut() && !isUsable(state.held)) await refresher.renew();
    return token();
  }

  async function refresh(refused?: string): Promise<string | undefined> {
    start();
    state.refuse(refused);
    if (!isSignedOut()) await refresher.renew(refused);
    return token();
  }

  async function request<Data>(document: string, variables?: object): Promise<Data> {
    const sent = await getAccessToken();
    try {
      return await post<Data>(endpoint, document, variables, sent);
    } catch (error) {
      const again = hasCode(error, "UNAUTHENTICATED") && sent ? await refresh(sent) : undefined;
      if (again === undefined) throw error;
      return post<Data>(endpoint, document, variables, again);
    }
  }

  if (typeof window !== "undefined") start();
  return {
    get state() {
      return state.current;
    },
    initialState,
    subscribe: state.subscribe,
    onAuthStateChange: state.onEvent,
    ...createActions(parts, { getAccessToken, request }),
    getAccessToken,
    refresh,
    request,
    start,
    dispose() {
      stop?.();
      tabs.close();
      refresher.stop();
      parts.resume();
    },
  };
}
