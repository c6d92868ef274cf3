import type { Case } from "../../support/contender.js";

/**
 * Tells the harness that it listens, and ends when it is told to.
 *
 * @param service the process to measure, where it is another one; its end is the contender's too
 */
export function announce(cases: Record<string, Case>, service?: number): void {
  // At once: nothing here outlives a run, and nobody waits for an answer any more.
  if (service === undefined) process.once("SIGTERM", () => process.exit(0));
  process.stdout.write(`${JSON.stringify({ cases, pid: service })}\n`);
}

const json = { "content-type": "application/json" };

export const post = (path: string, body: object, rest: Partial<Case> & { ok: string }): Case => ({
  method: "POST",
  path,
  body: JSON.stringify(body),
  ...rest,
  headers: { ...json, ...rest.headers },
});

export const graphql = (
  query: string,
  variables: object | undefined,
  rest: Partial<Case> & { ok: string },
): Case => post("/graphql", { query, variables }, rest);

export const withBearer = { authorization: "Bearer {{token}}" };

/** Where the next refresh token stands in an answer, pretty or not. */
export const nextRefreshToken = '"refreshToken": *"([^"]+)"';
