import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { errorCodes } from "../../src/errors/codes.js";
import { createSchema, schemaText } from "../../src/schema.js";

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await createSchema();
});

test("the schema contains the contract", () => {
  const contract = buildSchema(readFileSync("test/contract/public-api.graphql", "utf8"));
  const missing = [
    ...findBreakingChanges(contract, schema),
    ...findDangerousChanges(contract, schema).filter(
      ({ type }) => type === "ARG_DEFAULT_VALUE_CHANGE",
    ),
  ];
  expect(missing.map(({ description }) => description)).toEqual([]);
});

test("schema.graphql is what the code emits", () => {
  expect(readFileSync("schema.graphql", "utf8")).toBe(schemaText(schema));
});

/** Everything that an explorer shows, by its path. */
function described(type: GraphQLNamedType): [string, string | null | undefined][] {
  const entries: [string, string | null | undefined][] = [[type.name, type.description]];
  if (isEnumType(type))
    for (const value of type.getValues())
      entries.push([`${type.name}.${value.name}`, value.description]);
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
    for (const field of Object.values(type.getFields())) {
      entries.push([`${type.name}.${field.name}`, field.description]);
      if ("args" in field)
        for (const arg of field.args)
          entries.push([`${type.name}.${field.name}(${arg.name})`, arg.description]);
    }
  return entries;
}

test("every type, field, argument and enum value is described", () => {
  const roots = new Set(["Query", "Mutation", "Subscription"]);
  const entries = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type))
    .flatMap(described)
    .filter(([path]) => !roots.has(path));
  expect(entries.length).toBeGreaterThan(70);
  expect(entries.filter(([, description]) => !description?.trim()).map(([path]) => path)).toEqual(
    [],
  );
});

describe("every root field ends its description with the codes it can give", () => {
  test.each(["Query", "Mutation", "Subscription"])("%s", (root) => {
    const type = schema.getType(root) as GraphQLObjectType;
    for (const { description } of Object.values(type.getFields())) {
      const said = /Errors: ([\s\S]+)\.$/.exec(description ?? "")?.[1] ?? "";
      const codes = said.match(/[A-Z]{2,}(?:_[A-Z]+)+|UNAUTHENTICATED|OVERLOADED|FORBIDDEN/g) ?? [];
      expect(codes.length).toBeGreaterThan(0);
      for (const code of codes) expect(Object.keys(errorCodes)).toContain(code);
    }
  });
});
