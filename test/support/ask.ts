import type { FastifyInstance } from "fastify";
import { bearer, type GraphqlError, run } from "./client.js";
import { type OperationName, operations } from "./operations.js";

/** An answer, or that there was none. */
export interface Reply {
  /** "ok", an error code, or what happened to the connection. */
  outcome: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what the tests look at
  data?: any;
  reason?: string;
  retryAfter?: number;
}

/** One request to a replica, whatever becomes of it; never throws. */
export type Ask = (
  operation: OperationName,
  variables?: object,
  accessToken?: string,
) => Promise<Reply>;

/** No answer came: the request may have taken effect or not. */
export const noAnswer = "no answer";

/** A replica in this process. */
export const askApp =
  (app: FastifyInstance): Ask =>
  async (operation, variables = {}, accessToken) => {
    const extras = accessToken === undefined ? {} : bearer(accessToken);
    const { code, data, errors } = await run(app, operation, variables, extras);
    const { reason, retryAfter } = errors[0]?.extensions ?? {};
    return { outcome: code ?? "ok", data, reason, retryAfter };
  };

const answerMilliseconds = 10_000;

/** A replica anywhere. */
export const askUrl =
  (url: string): Ask =>
  async (operation, variables = {}, accessToken) => {
    try {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        },
        body: JSON.stringify({ query: operations[operation], variables }),
        signal: AbortSignal.timeout(answerMilliseconds),
      });
      const { data, errors } = (await response.json()) as {
        data?: Reply["data"];
        errors?: GraphqlError[];
      };
      const { code, reason, retryAfter } = errors?.[0]?.extensions ?? {};
      return { outcome: code ?? "ok", data, reason, retryAfter };
    } catch (error) {
      return { outcome: noAnswer, reason: (error as Error).message };
    }
  };
