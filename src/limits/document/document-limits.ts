import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  type OperationDefinitionNode,
  type ValidationContext,
} from "graphql";
import { createMeasure, type Measure } from "./measure.js";
import { touchesSecret } from "./secret-fields.js";

/**
 * Of a document, names, punctuation and all: the introspection of an explorer has some 300, our
 * longest own operation 200. The parser stops there, so that nothing below it can be large.
 */
export const maxTokens = 1_000;

interface Bound {
  most: number;
  words: string;
}

/** For an API whose deepest answer has four levels; docs/limits.md gives the reasons. */
export const documentBounds: Readonly<Record<keyof Measure, Bound>> = {
  depth: { most: 8, words: "levels of fields" },
  fields: { most: 150, words: "fields, counted as often as they are spread" },
  aliases: { most: 15, words: "aliases" },
  directives: { most: 20, words: "directives" },
  rootFields: { most: 10, words: "fields at the top" },
  secrets: { most: 1, words: "field that takes or sends a password, token or code" },
  introspectionDepth: { most: 20, words: "levels of introspection" },
  introspectionFields: { most: 400, words: "fields of introspection" },
};

const directivesOn = ({ directives, variableDefinitions }: OperationDefinitionNode) =>
  [{ directives }, ...(variableDefinitions ?? [])].reduce(
    (count, node) => count + (node.directives?.length ?? 0),
    0,
  );

/** Of several operations in a document one is executed: each is measured by itself. */
function measureOperation(context: ValidationContext, operation: OperationDefinitionNode): Measure {
  const measure = createMeasure({
    getFragment: (name) => context.getFragment(name),
    isSecret: (field) => touchesSecret(operation, field),
  });
  return measure(operation.selectionSet, directivesOn(operation));
}

function faultsOf(context: ValidationContext, operation: OperationDefinitionNode): string[] {
  // graphql-js finds out at execution only, as a fault of ours.
  if (context.getSchema().getRootType(operation.operation) == null)
    return [`There is no ${operation.operation} here.`];
  const measured = measureOperation(context, operation);
  return Object.entries(documentBounds)
    .filter(([name, { most }]) => measured[name as keyof Measure] > most)
    .map(([, { most, words }]) => `An operation has at most ${most} ${words}.`);
}

/** SECURITY: other rules compare all fields of one name with each other, pair by pair. */
const lookNoFurther = ({ definitions }: DocumentNode) =>
  void (definitions as DocumentNode["definitions"][number][]).splice(0);

/**
 * A rule of validation: what a document may cost is settled before any of it is executed (OWASP
 * GraphQL Cheat Sheet, ASVS 4.3.1). One try a document, so that sixty aliased sign-ins are not sixty
 * guesses for the price of one.
 */
export const documentLimits = (context: ValidationContext): ASTVisitor => ({
  Document(document) {
    const operations = document.definitions.filter((node) => node.kind === "OperationDefinition");
    const errors = operations.flatMap((nodes) =>
      faultsOf(context, nodes).map((message) => new GraphQLError(message, { nodes })),
    );
    for (const error of errors) context.reportError(error);
    if (errors.length > 0) lookNoFurther(document);
  },
});
