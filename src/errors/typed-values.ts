import type { GraphQLFormattedError } from "graphql";
import { errorCodes } from "./codes.js";

/**
 * graphql-js repeats in its messages what was typed: a password of the wrong type would come back
 * in an answer and land in somebody's log. The place stays, the value goes.
 */

const badVariable = /^Variable "\$(\w+)"/;
const placeInVariable = /at "([\w.[\]]+)"; [^"]*(?:"\w+"[^"]*)*$/;

/** A variable that does not fit its type, told as our own codes tell it. */
function badVariableError({ message, locations }: GraphQLFormattedError): GraphQLFormattedError {
  const place = placeInVariable.exec(message)?.[1] ?? badVariable.exec(message)?.[1];
  const field = place?.split(".").at(-1);
  const code = /was not provided|must not be null/.test(message) ? "MISSING" : "FORMAT_INVALID";
  const fields = field === undefined ? {} : { fields: [{ field, code }] };
  return {
    message: errorCodes.BAD_USER_INPUT.message,
    locations,
    extensions: { code: "BAD_USER_INPUT", ...fields },
  };
}

const redactions: [RegExp, string][] = [
  [/((?:Block)?String) "[\s\S]*"/, "$1"],
  [/, found [\s\S]*$/, "."],
  [/(cannot represent [^:]*): [\s\S]*$/, "$1."],
];

export function withoutTypedValues(error: GraphQLFormattedError): GraphQLFormattedError {
  if (error.extensions?.code === "BAD_USER_INPUT") return badVariableError(error);
  const message = redactions.reduce(
    (text, [pattern, replacement]) => text.replace(pattern, replacement),
    error.message,
  );
  return { message, locations: error.locations, extensions: { code: error.extensions?.code } };
}
