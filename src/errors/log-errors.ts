import { unwrapResolverError } from "@apollo/server/errors";
import type { GraphQLError } from "graphql";
import type { Log } from "../log.js";
import type { Visitor } from "../visitor.js";
import { AuthError } from "./auth-error.js";
import { isGraphqlRefusal, knownError } from "./format-error.js";
import { logRefusal } from "./log-refusal.js";

export const logUnexpected = (log: Log, error: unknown) =>
  log.error({ event: "unexpected_error", err: error }, "unexpected error");

/** Whoever reports an error finds it in the log; what nobody foresaw is logged in full. */
export function logErrors(visitor: Visitor, errors: readonly GraphQLError[]): void {
  const { log } = visitor;
  for (const error of errors) {
    const original = unwrapResolverError(error);
    if (original instanceof AuthError) logRefusal(visitor, original, error);
    else if (isGraphqlRefusal(error, error.extensions.code)) continue;
    else if (knownError(error))
      log.warn({ event: "database_fault", err: original }, "database fault");
    else logUnexpected(log, original);
  }
}
