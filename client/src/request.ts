import { GatehouseError, type GraphQLFault, toGatehouseError } from "./errors.js";

/** Longer than the service ever lets a refresh wait; a lost answer is asked for again. */
const timeoutMs = 10_000;

export interface Endpoint {
  url: string;
  fetch: typeof fetch;
  credentials: RequestCredentials;
}

/**
 * One GraphQL request.
 * @throws {GatehouseError} for the first entry of `errors`, for no answer (NETWORK_ERROR) and for
 * an answer that is not GraphQL (BAD_RESPONSE, or RATE_LIMITED where the status says so).
 */
export async function post<Data>(
  { url, fetch, credentials }: Endpoint,
  query: string,
  variables: object = {},
  accessToken?: string,
): Promise<Data> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(new Error("no answer in time")), timeoutMs);
  let response: Response | undefined;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      credentials,
      headers: {
        accept: "application/graphql-response+json, application/json;q=0.9",
        "content-type": "application/json",
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify({ query, variables }),
      signal: giveUp.signal,
    });
    text = await response.text();
  } catch (error) {
    throw new GatehouseError("NETWORK_ERROR", String(error), { cut: response !== undefined });
  } finally {
    clearTimeout(timer);
  }
  const { data, errors } = parse(response, text);
  if (errors?.[0]) throw toGatehouseError(errors[0]);
  return data as Data;
}

function parse(response: Response, text: string): { data?: unknown; errors?: GraphQLFault[] } {
  try {
    const answer = JSON.parse(text);
    if (answer.data || answer.errors?.[0]) return answer;
  } catch {
    // Not JSON, or not GraphQL: told by its status below.
  }
  const { status, headers } = response;
  const retryAfter = Number(headers.get("retry-after")) || undefined;
  throw new GatehouseError(
    status === 429 ? "RATE_LIMITED" : "BAD_RESPONSE",
    `HTTP ${status} without a GraphQL answer`,
    { status, retryAfter },
  );
}
