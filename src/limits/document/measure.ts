import type { FragmentDefinitionNode, SelectionNode, SelectionSetNode } from "graphql";

/** What executing a selection takes, with every fragment in its place, as often as it is spread. */
export interface Measure {
  /** Fields within fields. */
  depth: number;
  fields: number;
  aliases: number;
  directives: number;
  rootFields: number;
  /** Of the root fields, those that touch a secret. */
  secrets: number;
  /** Below `__schema` and `__type`, which an explorer asks for deeply: apart from all the rest. */
  introspectionDepth: number;
  introspectionFields: number;
}

export const nothing: Readonly<Measure> = {
  depth: 0,
  fields: 0,
  aliases: 0,
  directives: 0,
  rootFields: 0,
  secrets: 0,
  introspectionDepth: 0,
  introspectionFields: 0,
};

const deepest = ["depth", "introspectionDepth"] as const;
const counted = [
  "fields",
  "aliases",
  "directives",
  "rootFields",
  "secrets",
  "introspectionFields",
] as const;

/** In place: a flood of documents makes a flood of these. */
function add(sum: Measure, part: Measure): void {
  for (const name of deepest) sum[name] = Math.max(sum[name], part[name]);
  for (const name of counted) sum[name] += part[name];
}

const introspects = (field: string) => field === "__schema" || field === "__type";

/** The same as part of a field: no longer at the top. */
function within(field: string, inner: Measure, isSecret: boolean): Measure {
  const top = { rootFields: 1, secrets: Number(isSecret) };
  if (!introspects(field))
    return { ...inner, ...top, depth: inner.depth + 1, fields: inner.fields + 1 };
  const introspection = {
    introspectionDepth: inner.depth + 1,
    introspectionFields: inner.fields + 1,
  };
  return { ...nothing, ...top, ...introspection, depth: 1, fields: 1 };
}

export interface MeasureOptions {
  getFragment(name: string): FragmentDefinitionNode | null | undefined;
  isSecret(field: string): boolean;
}

/**
 * Measures in one walk over what was written, however often fragments are spread in fragments. A
 * fragment is known by the definition that it names, never by how it is called. One that is missing
 * or runs in a circle counts nothing: graphql-js refuses the document for it.
 */
export function createMeasure({ getFragment, isSecret }: MeasureOptions) {
  const known = new Map<string, Measure>();

  function ofFragment(name: string): Measure {
    const measured = known.get(name);
    if (measured !== undefined) return measured;
    known.set(name, nothing);
    const fragment = getFragment(name);
    const measure = fragment ? ofSet(fragment.selectionSet, fragment.directives?.length) : nothing;
    known.set(name, measure);
    return measure;
  }

  function ofContent(selection: SelectionNode): Measure {
    if (selection.kind === "FragmentSpread") return ofFragment(selection.name.value);
    const inner = ofSet(selection.selectionSet);
    if (selection.kind === "InlineFragment") return inner;
    const name = selection.name.value;
    const aliases = inner.aliases + Number(selection.alias !== undefined);
    return { ...within(name, inner, isSecret(name)), aliases };
  }

  function ofSet(set: SelectionSetNode | undefined, directives = 0): Measure {
    const sum: Measure = { ...nothing, directives };
    for (const selection of set?.selections ?? []) {
      sum.directives += selection.directives?.length ?? 0;
      add(sum, ofContent(selection));
    }
    return sum;
  }

  return ofSet;
}
