import {
  type ASTVisitor,
  type DefinitionNode,
  type DocumentNode,
  GraphQLError,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type ValidationContext,
} from "graphql";
import { createMeasure, type Measure } from "./measure.js";
import { touchesSecret } from "./secret-fields.js";

/**
 * Of a document, names, punctuation and all: the introspection of an explorer has some 300, our
 * longest own operation 200. The parser stops there, so that nothing below it can be large.
 */
export const maxTokens = 1_000;

/** Of what is wrong with a document, so many are told: each costs a walk of the stack. */
export const maxErrors = 10;

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

/** Of what a fragment holds, spread or not: graphql-js compares its fields all the same. */
const ofFragments = new Set(["fields", "aliases", "directives", "introspectionFields"]);
const fragmentBounds = Object.entries(documentBounds).filter(([name]) => ofFragments.has(name));

const directivesOn = ({ directives, variableDefinitions }: OperationDefinitionNode) =>
  [{ directives }, ...(variableDefinitions ?? [])].reduce(
    (count, node) => count + (node.directives?.length ?? 0),
    0,
  );

/** Fragments are walked once for each kind of operation: another kind has other secrets. */
function createMeasures(context: ValidationContext) {
  const measures = new Map<OperationTypeNode, ReturnType<typeof createMeasure>>();
  return (kind: OperationTypeNode) => {
    const known = measures.get(kind);
    if (known !== undefined) return known;
    const measure = createMeasure({
      getFragment: (name) => context.getFragment(name),
      isSecret: (field) => touchesSecret(kind, field),
    });
    measures.set(kind, measure);
    return measure;
  };
}

const faultsOf = (what: string, measured: Measure, bounds = Object.entries(documentBounds)) =>
  bounds
    .filter(([name, { most }]) => measured[name as keyof Measure] > most)
    .map(([, { most, words }]) => `${what} has at most ${most} ${words}.`);

/** What is too large of one definition after the other of a document. */
function createJudge(context: ValidationContext) {
  const measureFor = createMeasures(context);
  const measureWritten = createMeasure({ getFragment: () => undefined, isSecret: () => false });
  return (node: DefinitionNode): string[] => {
    if (node.kind === "FragmentDefinition")
      return faultsOf("A fragment", measureWritten(node.selectionSet), fragmentBounds);
    if (node.kind !== "OperationDefinition") return [];
    // graphql-js finds out at execution only, as a fault of ours.
    if (context.getSchema().getRootType(node.operation) == null)
      return [`There is no ${node.operation} here.`];
    // Of several operations in a document one is executed: each is measured by itself.
    return faultsOf(
      "An operation",
      measureFor(node.operation)(node.selectionSet, directivesOn(node)),
    );
  };
}

/** SECURITY: other rules compare all fields of one name with each other, pair by pair. */
const lookNoFurther = ({ definitions }: DocumentNode) =>
  void (definitions as DefinitionNode[]).splice(0);

/**
 * A rule of validation: what a document may cost is settled before any of it is executed (OWASP
 * GraphQL Cheat Sheet, ASVS 4.3.1). One try a document, so that sixty aliased sign-ins are not sixty
 * guesses for the price of one.
 */
export const documentLimits = (context: ValidationContext): ASTVisitor => ({
  Document(document) {
    const judge = createJudge(context);
    for (const nodes of document.definitions) {
      const messages = judge(nodes);
      for (const message of messages) context.reportError(new GraphQLError(message, { nodes }));
      // Nobody needs to hear the same of the hundredth.
      if (messages.length > 0) return lookNoFurther(document);
    }
  },
});
