import { refreshDocument } from "./documents.js";
import { post } from "./request.js";
import { parseRetryCookie, retryCookieAttributes, retryCookieValue } from "./retry-cookie.js";
import { newRetryKey } from "./retry-key.js";
import type { AuthPayload } from "./types.js";

export interface ServerRefresh {
  /** For `createAuth({ initial })`, here and in the page. It holds an access token: `no-store`. */
  initial: AuthPayload;
  /** `Set-Cookie` headers that must reach the browser with the page. */
  setCookies: string[];
}

interface ServerOptions {
  /** Of the API as this server reaches it. */
  url: string;
  /** As given to `retryCookieStorage` in the browser. */
  retryCookie: string;
  fetch?: typeof fetch;
}

const refreshes = new WeakMap<Request, Promise<ServerRefresh | undefined>>();

/**
 * The signed-in user for a page that is rendered on the app's own server: one refresh a request,
 * however many parts of the page ask. `undefined`: render `loading` and let the browser find out.
 * That is so at the first arrival (a SameSite=Strict cookie stays away when one comes from another
 * site), without the retry cookie, and whenever the service does not answer with a token: a server
 * never takes anybody for signed out.
 */
export function refreshOnServer(
  request: Request,
  options: ServerOptions,
): Promise<ServerRefresh | undefined> {
  const refresh = refreshes.get(request) ?? ask(request, options).catch(() => undefined);
  refreshes.set(request, refresh);
  return refresh;
}

async function ask(request: Request, options: ServerOptions): Promise<ServerRefresh | undefined> {
  const cookie = request.headers.get("cookie") ?? "";
  const keys = parseRetryCookie(cookie, options.retryCookie);
  // SECURITY: without the browser's key a lost answer could not be asked for again.
  if (!keys) return undefined;
  const { retryKey, previous } = keys;
  let setCookies: string[] = [];
  const send: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("cookie", cookie);
    headers.set("user-agent", request.headers.get("user-agent") ?? "");
    const response = await (options.fetch ?? fetch)(input, { ...init, headers });
    setCookies = response.headers.getSetCookie();
    return response;
  };
  const endpoint = { url: options.url, fetch: send, credentials: "omit" as const };
  const variables = { retryKey, previousRetryKey: previous };
  const answer = await post<{ refreshToken: AuthPayload }>(endpoint, refreshDocument, variables);
  const secure = setCookies.some((text) => /;\s*secure/i.test(text));
  const next = `${options.retryCookie}=${retryCookieValue(newRetryKey(), retryKey)}`;
  return {
    initial: answer.refreshToken,
    setCookies: [...setCookies, next + retryCookieAttributes(secure)],
  };
}
