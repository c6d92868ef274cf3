import type { AuthStorage, SharedRecord } from "./record.js";
import { newRetryKey } from "./retry-key.js";

/**
 * The app's own server may refresh while it renders a page. It shares the token by the httpOnly
 * cookie, so it must find the retry key as well: in a cookie that script writes ahead of time,
 * `<retryKey>.<previousRetryKey>`, and that the server replaces in the answer that brings the new
 * token. The key alone opens nothing.
 */
export const retryCookieValue = (retryKey: string, previous = ""): string =>
  `${retryKey}.${previous}`;

export function parseRetryCookie(header: string, name: string) {
  const entry = header.split("; ").find((text) => text.startsWith(`${name}=`));
  const [retryKey, previous] = entry?.slice(name.length + 1).split(".") ?? [];
  return retryKey ? { retryKey, previous: previous || undefined } : undefined;
}

/** Attributes of the cookie; it lives as long as a session can. */
export const retryCookieAttributes = (secure: boolean): string =>
  `; Path=/; SameSite=Strict; Max-Age=15552000${secure ? "; Secure" : ""}`;

/**
 * `localStorage`, with the retry keys in a cookie as well: lets the app's own server refresh while
 * it renders (`refreshOnServer`).
 */
export const retryCookieStorage = (cookie: string): AuthStorage => ({
  shared: true,
  getItem(key) {
    const text = localStorage.getItem(key);
    return text && JSON.stringify(withCookieKeys(JSON.parse(text), cookie));
  },
  setItem(key, text) {
    localStorage.setItem(key, JSON.stringify(mirrored(JSON.parse(text), cookie)));
  },
});

/** The keys as the cookie has them: the server may have used the stored one and left the next. */
function withCookieKeys(record: SharedRecord, name: string): SharedRecord {
  const keys = parseRetryCookie(document.cookie, name);
  if (!keys || keys.retryKey === record.pending) return record;
  const { retryKey: pending, previous } = keys;
  return { ...record, pending, previous, inFlight: false, shifted: false };
}

/** Writes the cookie beside the record, with a key for the token made ahead of its use. */
function mirrored(record: SharedRecord, name: string): SharedRecord {
  if (!record.session || record.ended) return record;
  const pending = record.pending ?? newRetryKey();
  const value = retryCookieValue(pending, record.previous);
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is asynchronous and not in every browser
  document.cookie = `${name}=${value}${retryCookieAttributes(location.protocol === "https:")}`;
  return { ...record, pending };
}
