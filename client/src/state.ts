import { elapsedMs, type Moment, moment } from "./clock.js";
import type { GatehouseError } from "./errors.js";
import type { AuthPayload, Session, User } from "./types.js";

/** Who is signed in, as far as is known. `loading` is not signed out: nobody has said so yet. */
export type AuthState =
  /** `error`: why it is not known yet (offline, the service is busy); it is asked again by itself. */
  | { status: "loading"; user?: undefined; session?: undefined; error?: GatehouseError }
  | { status: "signedOut"; user?: undefined; session?: undefined }
  | { status: "signedIn"; user: User; session: Session };

export type AuthEvent = "SIGNED_IN" | "SIGNED_OUT" | "TOKEN_REFRESHED" | "USER_UPDATED";

/** The access token of this tab, in memory alone. */
export interface Held {
  payload: AuthPayload;
  received: Moment;
  /** The service would not take it, although its time is not over. */
  refused?: boolean;
}

/** An access token is replaced this long before its end, or a tenth of its life where that is less. */
const longestLeadMs = 60_000;
/** And used no more this long before its end: a request needs time to arrive. */
const longestMarginMs = 5_000;

export const lifetimeMs = ({ payload }: Held) => payload.expiresIn * 1000;
export const leadMs = (held: Held) => Math.min(longestLeadMs, lifetimeMs(held) / 10);
export const remainingMs = (held: Held) => lifetimeMs(held) - elapsedMs(held.received);

export const isUsable = (held: Held | undefined): held is Held =>
  held !== undefined &&
  !held.refused &&
  remainingMs(held) > Math.min(longestMarginMs, lifetimeMs(held) / 10);

export type AuthListener = (event: AuthEvent, state: AuthState) => void;

/** The state of one tab: what its listeners see, and the token behind it. */
export function createState(initial?: AuthPayload) {
  const listeners = new Set<() => void>();
  const eventListeners = new Set<AuthListener>();
  let state: AuthState = initial
    ? { status: "signedIn", user: initial.user, session: initial.session }
    : { status: "loading" };
  let held: Held | undefined = initial && { payload: initial, received: moment() };

  const change = (next: AuthState, ...events: AuthEvent[]) => {
    state = next;
    for (const listener of [...listeners]) listener();
    for (const event of events) for (const listener of [...eventListeners]) listener(event, state);
  };
  const register = <Listener>(set: Set<Listener>, listener: Listener) => {
    set.add(listener);
    return () => void set.delete(listener);
  };

  return {
    get current() {
      return state;
    },
    get held() {
      return held;
    },
    subscribe: (listener: () => void) => register(listeners, listener),
    onEvent: (listener: AuthListener) => register(eventListeners, listener),

    /** `ageMs`: for a token that another tab handed over. */
    signedIn(payload: AuthPayload, ageMs = 0) {
      const { user, session } = payload;
      const before = state;
      held = { payload, received: moment(ageMs) };
      const events: AuthEvent[] = ["SIGNED_IN"];
      if (before.session?.id === session.id) events[0] = "TOKEN_REFRESHED";
      if (before.user?.id === user.id && before.user.updatedAt !== user.updatedAt)
        events.push("USER_UPDATED");
      change({ status: "signedIn", user, session }, ...events);
    },
    userUpdated(user: User) {
      if (!held || state.status !== "signedIn" || user.updatedAt <= state.user.updatedAt) return;
      held = { ...held, payload: { ...held.payload, user } };
      change({ ...state, user }, "USER_UPDATED");
    },
    /** `silent`: a visitor who never was signed in. */
    signedOut(silent = false) {
      held = undefined;
      if (state.status === "signedOut") return;
      if (silent && state.status === "loading") change({ status: "signedOut" });
      else change({ status: "signedOut" }, "SIGNED_OUT");
    },
    refuse(accessToken: string | undefined) {
      if (held && held.payload.accessToken === accessToken) held.refused = true;
    },
    /** Shown only while nothing is known; a person who is signed in stays so. */
    failed(error: GatehouseError) {
      if (state.status === "loading") change({ status: "loading", error });
    },
  };
}

export type State = ReturnType<typeof createState>;
