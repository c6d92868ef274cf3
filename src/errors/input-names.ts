import { type GraphQLSchema, isInputObjectType, isInterfaceType, isObjectType } from "graphql";

/** The names of all input fields and arguments: what `fields` of BAD_USER_INPUT may speak of. */
export function inputNames(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type))
      for (const field of Object.keys(type.getFields())) names.add(field);
    if (isObjectType(type) || isInterfaceType(type))
      for (const { args } of Object.values(type.getFields()))
        for (const { name } of args) names.add(name);
  }
  return names;
}
