import type { GraphQLFormattedError } from "graphql";
import { errorCodes, type FieldCode } from "./codes.js";

/**
 * graphql-js repeats in its messages what was typed: a password of the wrong type, or in quotes that
 * were not closed, would come back in an answer and land in somebody's log. The place stays, the
 * value goes.
 */

/** All that may be said of a document that does not parse: what was expected, not what was there. */
const syntaxRemark = new RegExp(
  `^Syntax Error: (?:${[
    'Expected (?:<EOF>|[A-Z]\\w*|"[^"\\s]{1,20}")',
    'Unexpected (?:<EOF>|[A-Z]\\w*|"[^\\w\\s"]{1,3}"|[a-z][a-z ]*)',
    "Invalid (?:Unicode|number|character)[a-z ]*",
    "Unterminated string",
    "Document contains more that \\d+ tokens",
  ].join("|")})`,
);

/** What rules of validation say of values, or of the software, beside names of the document. */
const redactions: readonly [RegExp, string][] = [
  [/( cannot represent(?: (?:a )?non[a-z0-9 -]* value)?)[\s\S]*$/, "$1."],
  [/^(Expected value of type "[^"]*"), found [\s\S]*$/, "$1."],
  [/^Value "[\s\S]*" does not exist in ("\w+" enum)[\s\S]*$/, "The value does not exist in $1."],
  [/^GraphQL introspection is not allowed[\s\S]*$/, "Introspection is off."],
  [/^Unknown operation named "[\s\S]*"\.$/, "Unknown operation."],
];

function remark({ message, extensions }: GraphQLFormattedError): string {
  if (extensions?.code === "GRAPHQL_PARSE_FAILED")
    return `${syntaxRemark.exec(message)?.[0] ?? "Syntax Error"}.`;
  return redactions.reduce((text, [pattern, without]) => text.replace(pattern, without), message);
}

const isMissing = /(?:was not provided|must not be null|not to be null)\.$/;

/** Names that the message may speak of; the likeliest first. Bounded: a value can be 100 kB long. */
function candidates(message: string): (string | undefined)[] {
  const absent = /; Field "(\w{1,60})" of required type "[^"]*" was not provided\.$/.exec(message);
  const places = message.matchAll(/ at "\w{1,60}((?:\.\w{1,60}|\[\d{1,9}\]){1,9})"; /g);
  const variable = /^Variable "\$(\w{1,60})"/.exec(message);
  const fields = [...places].map(([, path = ""]) => path.match(/[A-Za-z_]\w*/g)?.at(-1));
  return [absent?.[1], ...fields, variable?.[1]];
}

/** A variable that does not fit its type, told as our own codes tell it. */
function badVariable(
  { message, locations }: GraphQLFormattedError,
  isFieldName: (name: string) => boolean,
): GraphQLFormattedError {
  // SECURITY: keys of a value can imitate a place; a name that the schema has is nobody's secret.
  const field = candidates(message).find((name) => name !== undefined && isFieldName(name));
  const code: FieldCode = isMissing.test(message) ? "MISSING" : "FORMAT_INVALID";
  const fields = field === undefined ? {} : { fields: [{ field, code }] };
  return {
    message: errorCodes.BAD_USER_INPUT.message,
    locations,
    extensions: { code: "BAD_USER_INPUT", ...fields },
  };
}

/**
 * @param error Apollo's own refusal of a document or of its variables
 * @param isFieldName whether the schema has an input field or an argument of that name
 */
export function withoutTypedValues(
  error: GraphQLFormattedError,
  isFieldName: (name: string) => boolean,
): GraphQLFormattedError {
  const { locations, extensions } = error;
  if (extensions?.code === "BAD_USER_INPUT") return badVariable(error, isFieldName);
  return { message: remark(error), locations, extensions: { code: extensions?.code } };
}
