import { unwrapResolverError } from "@apollo/server/errors";
import type { GraphQLFormattedError, GraphQLSchema } from "graphql";
import { isTransientDatabaseFault } from "../database/faults.js";
import { AuthError, overloaded } from "./auth-error.js";
import { errorCodes } from "./codes.js";
import { inputNames } from "./input-names.js";
import { withoutTypedValues } from "./typed-values.js";

/** GraphQL's own codes keep their meaning, and their messages: they speak of the document. */
const graphqlCodes = new Set<unknown>([
  "BAD_USER_INPUT",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
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
 * Where Apollo's own refusal is meant. SECURITY: never what a resolver threw; a code in the
 * extensions of a stranger's error is no reason to believe its message.
 */
export const isGraphqlRefusal = (error: unknown, code: unknown): boolean =>
  graphqlCodes.has(code) && unwrapResolverError(error) === error;

/**
 * What a client may see of an error: our own refusals, GraphQL's remarks on the document without
 * the values in it, and for all else one masked sentence.
 */
export function createFormatError(schema: GraphQLSchema) {
  const names = inputNames(schema);
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { locations, path, extensions } = formatted;
    const known = knownError(error);
    if (known !== undefined)
      return { message: known.message, locations, path, extensions: { ...known.extensions } };
    if (isGraphqlRefusal(error, extensions?.code))
      return withoutTypedValues(formatted, (name) => names.has(name));
    const code = "INTERNAL_SERVER_ERROR";
    return { message: errorCodes[code].message, locations, path, extensions: { code } };
  };
}
