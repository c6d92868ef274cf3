import type { Auth } from "./auth.js";
import { type Answer, changedNothing, wantsToken } from "./repeat.js";

/**
 * `fetch` with the access token: for graphql-request, urql's or Apollo's `fetch` option, or by hand.
 * An answer UNAUTHENTICATED (HTTP 401 too) is refreshed for once and the request repeated once, if
 * nothing of it was carried out.
 */
export function createAuthFetch(auth: Auth, fetch?: typeof globalThis.fetch) {
  const send = fetch ?? ((input, init) => globalThis.fetch(input, init));
  return async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const token = await auth.getAccessToken();
    const response = await send(withToken(request, token));
    if (token === undefined || !(await isRefused(response))) return response;
    const another = await auth.refresh(token);
    return another === undefined ? response : send(withToken(request, another));
  };
}

/** The request is copied, so that its body can be sent again. */
function withToken(request: Request, token: string | undefined): Request {
  const copy = request.clone();
  if (token !== undefined) copy.headers.set("authorization", `Bearer ${token}`);
  return copy;
}

async function isRefused(response: Response): Promise<boolean> {
  if (response.status === 401) return true;
  if (!response.headers.get("content-type")?.includes("json")) return false;
  const answer: Answer | undefined = await response
    .clone()
    .json()
    .catch(() => undefined);
  return answer !== undefined && answer !== null && wantsToken(answer) && changedNothing(answer);
}
