import type { Case } from "../../support/contender.js";

/** Tells the harness that it listens. */
export const announce = (cases: Record<string, Case>, pid?: number): void =>
  void process.stdout.write(`${JSON.stringify({ cases, pid })}\n`);

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
