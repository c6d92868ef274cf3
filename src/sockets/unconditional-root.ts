import {
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationRule,
} from "graphql";

const conditions = new Set(["skip", "include"]);

const isConditional = ({ directives }: SelectionNode) =>
  directives?.some(({ name }) => conditions.has(name.value)) === true;

type FragmentOf = (name: string) => FragmentDefinitionNode | null | undefined;

/** All that stands at the top, through fragments, each of which is entered once. */
function* selectionsOf(
  { selections }: SelectionSetNode,
  fragmentOf: FragmentOf,
  entered = new Set<string>(),
): Generator<SelectionNode> {
  for (const selection of selections) {
    yield selection;
    if (selection.kind === Kind.INLINE_FRAGMENT)
      yield* selectionsOf(selection.selectionSet, fragmentOf, entered);
    if (selection.kind !== Kind.FRAGMENT_SPREAD || entered.has(selection.name.value)) continue;
    entered.add(selection.name.value);
    const fragment = fragmentOf(selection.name.value);
    if (fragment != null) yield* selectionsOf(fragment.selectionSet, fragmentOf, entered);
  }
}

/**
 * A subscription has its one field unconditionally (GraphQL, September 2025, section 5.2.4.1):
 * graphql-js 16 does not look, and fails on a subscription to nothing as if the fault were ours.
 */
export const unconditionalRoot: ValidationRule = (context) => ({
  OperationDefinition({ operation, selectionSet }) {
    if (operation !== OperationTypeNode.SUBSCRIPTION) return;
    const fragmentOf: FragmentOf = (name) => context.getFragment(name);
    for (const selection of selectionsOf(selectionSet, fragmentOf)) {
      if (!isConditional(selection)) continue;
      const message = "What a subscription has at its top stands under no @skip or @include.";
      context.reportError(new GraphQLError(message, { nodes: selection }));
    }
  },
});
