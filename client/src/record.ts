import { GatehouseError } from "./errors.js";
import { newRetryKey } from "./retry-key.js";
import type { AuthPayload } from "./types.js";

/** `localStorage`, `sessionStorage`, React Native's AsyncStorage, or a keychain behind these two methods. */
export interface AuthStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  /** All tabs of the browser have it in common, as they have `localStorage`. */
  shared?: boolean;
}

/**
 * What everybody who shares the refresh token finds in storage. Session and rotations are the
 * token's marker: not secret, and the only way to tell an httpOnly cookie's age from script.
 */
export interface SharedRecord {
  session?: string;
  rotations?: number;
  /** The refresh token; body transport only. */
  token?: string | null;
  /** The retry key for the token of this marker: a request with it may have left. */
  pending?: string;
  /** Goes along as previousRetryKey: the last finished key, or one whose page was closed on it. */
  previous?: string;
  /** A request with the pending key left, and nobody has said what became of it. */
  inFlight?: boolean;
  /** The abandoned key has moved to `previous`; it stays there until an answer comes. */
  shifted?: boolean;
  /** The session was refused or signed out: every tab that holds it is signed out. */
  ended?: boolean;
}

export const memoryStorage = (): AuthStorage => {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
  };
};

export const sameMarker = (a: SharedRecord, b: SharedRecord): boolean =>
  a.session === b.session && a.rotations === b.rotations && a.ended === b.ended;

/**
 * The record to store before a refresh leaves. A key that is pending for this marker is used again,
 * whichever tab made it.
 *
 * A page that was closed in mid-refresh may have let the new cookie in without the answer. Its key
 * then belongs to the rotation before the cookie, and a rotation with it counts as one without a
 * key, which nobody could repeat. So that key moves to `previous`, where it still gets the lost
 * answer again if the cookie is the old one, and a new key takes its place.
 */
export function withRetryKey(record: SharedRecord, cookie: boolean): SharedRecord {
  const { pending, inFlight, shifted } = record;
  if (pending === undefined) return { ...record, pending: newRetryKey(), inFlight: true };
  if (!cookie || !inFlight || shifted) return { ...record, inFlight: true };
  return { ...record, previous: pending, pending: newRetryKey(), inFlight: true, shifted: true };
}

/**
 * The record once an answer has come, or `undefined` where storage knows better: a token replaces
 * only one of its own session with fewer rotations, or the very one that it was asked with.
 */
export function withAnswer(
  now: SharedRecord,
  sent: SharedRecord,
  { session, refreshToken }: AuthPayload,
): SharedRecord | undefined {
  const own = now.session === session.id && !now.ended;
  const newer = own ? session.rotations > (now.rotations ?? -1) : sameMarker(now, sent);
  if (!newer) return undefined;
  return {
    session: session.id,
    rotations: session.rotations,
    token: refreshToken ?? undefined,
    previous: sent.pending,
  };
}

/** Reads and writes the one record, and remembers it where storage takes nothing (quota). */
export function recordStore(storage: AuthStorage, key: string) {
  let kept: string | undefined;
  return {
    /** @throws {GatehouseError} STORAGE_ERROR: a locked keychain says nothing about the session */
    async read(): Promise<SharedRecord> {
      let text = kept;
      try {
        text ??= (await storage.getItem(key)) ?? "{}";
      } catch (error) {
        throw new GatehouseError("STORAGE_ERROR", String(error));
      }
      return parse(text);
    },
    async write(record: SharedRecord): Promise<void> {
      const text = JSON.stringify(record);
      try {
        await storage.setItem(key, text);
        kept = undefined;
      } catch {
        kept = text;
      }
    },
  };
}

/** What somebody else wrote under our name is no session. */
function parse(text: string): SharedRecord {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

export type RecordStore = ReturnType<typeof recordStore>;
