import { unwrapResolverError } from "@apollo/server/errors";
import type { GraphQLFormattedError } from "graphql";
import { isTransientDatabaseFault } from "../database/faults.js";
import { AuthError, overloaded } from "./auth-error.js";
import { errorCodes } from "./codes.js";
import { withoutTypedValues } from "./typed-values.js";

/** GraphQL's own codes keep their meaning, and their messages: they speak of the document. */
const graphqlCodes = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
  "BAD_REQUEST",
]);

/** What was refused knowingly, or may be asked again; undefined for what nobody foresaw. */
export function knownError(error: unknown): AuthError | undefined {
  const original = unwrapResolverError(error);
  if (original instanceof AuthError) return original;
  return isTransientDatabaseFault(original) ? overloaded() : undefined;
}

/**
 * What a client may see of an error: our own refusals, GraphQL's remarks on the document without
 * the values in it, and for all else one masked sentence.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const { locations, path } = formatted;
  const known = knownError(error);
  if (known !== undefined)
    return { message: known.message, locations, path, extensions: { ...known.extensions } };
  const code = String(formatted.extensions?.code);
  if (code === "BAD_USER_INPUT" || graphqlCodes.has(code)) return withoutTypedValues(formatted);
  const masked = "INTERNAL_SERVER_ERROR";
  return { message: errorCodes[masked].message, locations, path, extensions: { code: masked } };
}
