import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { getIntrospectionQuery, parse, ValidationContext, validate } from "graphql";
import {
  documentBounds,
  documentLimits,
  maxErrors,
  maxTokens,
} from "../../src/limits/document/document-limits.js";
import { createSchema } from "../../src/schema.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { send } from "../support/client.js";
import { operations } from "../support/operations.js";
import { newMember } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const many = (count: number, one: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => one(at)).join(" ");
const login = (alias: string, password = '"guess"') =>
  `${alias}: login(input: {email: "ada@example.com", password: ${password}}) { expiresIn }`;
const logins = (count: number, name = "a") => many(count, (at) => login(`${name}${at}`));

/** Refused with 400, in GraphQL's form, and none of it executed. */
async function expectRefused(query: string, variables: object = {}): Promise<void> {
  const failedBefore = await failures();
  const begun = performance.now();
  const { status, data, code } = await send(service.app, { query, variables });
  expect(performance.now() - begun).toBeLessThan(500);
  expect([status, data]).toEqual([400, undefined]);
  expect(code).toMatch(/^GRAPHQL_(?:VALIDATION|PARSE)_FAILED$/);
  expect(await failures()).toBe(failedBefore);
}

async function failures(): Promise<number> {
  const { rows } = await service.pool.query("SELECT count(*)::int AS n FROM activities");
  return rows[0].n;
}

const passwords = many(60, (at) => `$p${at}: String!`);

describe("more than one try in a document is refused before any counts:", () => {
  test.each([
    ["two", `mutation { ${logins(2)} }`],
    ["two without aliases", `mutation { ${login("a").slice(3)} ${login("a").slice(3)} }`],
    ["a sign-in and a code", `mutation { ${login("a")} logout }`],
    ["sixty", `mutation { ${logins(60)} }`],
    ["in a fragment", `mutation { ...f } fragment f on Mutation { ${logins(40)} }`],
    [
      "beside a fragment",
      `mutation { ${login("a")} ...f } fragment f on Mutation { ${login("b")} }`,
    ],
    [
      "in an inline fragment",
      `mutation { ... { ${login("a")} } ... on Mutation { ${login("b")} } }`,
    ],
    [
      "in a fragment with a name of introspection",
      `mutation { ...__schema } fragment __schema on Mutation { ${logins(2)} }`,
    ],
    [
      "in fragments within fragments",
      `mutation { ...f0 } ${many(5, (at) => `fragment f${at} on Mutation { ...f${at + 1} ${login(`a${at}`)} }`)} fragment f5 on Mutation { ${login("z")} }`,
    ],
    [
      "in one fragment that is spread twice",
      `mutation { ...f ...f } fragment f on Mutation { ${login("a")} }`,
    ],
    [
      "behind conditions",
      `mutation ($x: Boolean! = true) { ${login("a")} ... @include(if: $x) { ${login("b")} } }`,
    ],
    [
      "in the second operation of a document",
      `mutation A { ${login("a")} } mutation B { ${logins(2)} }`,
    ],
  ])("%s", (_title, query) => expectRefused(query));

  test("sixty in variables", async () => {
    const document = `mutation (${passwords}) { ${many(60, (at) => login(`a${at}`, `$p${at}`))} }`;
    const variables = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [`p${at}`, "guess"]),
    );
    await expectRefused(document, variables);
  });
});

test("every mutation but a written list counts as a try: whoever adds one is asked", async () => {
  const mutations = Object.keys((await createSchema()).getMutationType()?.getFields() ?? {});
  const isCounted = (name: string) => {
    const errors = validate(schema, parse(`mutation { a: ${name} b: ${name} }`), [documentLimits]);
    return errors.length > 0;
  };
  const schema = await createSchema();
  const free = ["revokeOtherSessions", "revokeSession", "updateProfile"];
  expect(mutations.filter((name) => !isCounted(name)).sort()).toEqual(free);
});

describe("what a document may cost ends at", () => {
  const deep = (levels: number) => `${"{ x".repeat(levels)} ${"}".repeat(levels)}`;
  const { depth, fields, aliases, directives, rootFields } = documentBounds;
  const nested = (count: number) =>
    `fragment f0 on T { a } ${many(count, (at) => `fragment f${at + 1} on T { ...f${at} ...f${at} }`)}`;

  test.each<[string, number, (size: number) => string]>([
    ["its depth", depth.most, (n) => deep(n)],
    ["its depth, by fragments", depth.most, (n) => `{ a { ...f } } fragment f on T ${deep(n - 1)}`],
    ["its fields", fields.most, (n) => `{ a { ${many(n - 1, (at) => `b${at}`)} } }`],
    ["its aliases", aliases.most, (n) => `{ a { ${many(n, (at) => `b${at}: b`)} } }`],
    ["its directives", directives.most, (n) => `{ a { b ${"@x ".repeat(n)} } }`],
    ["directives of the operation", directives.most, (n) => `query ${"@x ".repeat(n)} { a }`],
    [
      "directives of a fragment",
      directives.most,
      (n) => `{ ...f } fragment f on T ${"@x ".repeat(n)} { a }`,
    ],
    ["its root fields", rootFields.most, (n) => `{ ${many(n, (at) => `a${at}`)} }`],
    [
      "root fields of a fragment",
      rootFields.most,
      (n) => `{ ...f } fragment f on T { ${many(n, (at) => `a${at}`)} }`,
    ],
  ])("%s", async (_title, most, document) => {
    const schema = await createSchema();
    const remarks = (size: number) => validate(schema, parse(document(size)), [documentLimits]);
    expect(remarks(most)).toEqual([]);
    expect(remarks(most + 1)).toHaveLength(1);
    expect(remarks(most + 1)[0]?.message).toMatch(`at most ${most} `);
  });

  test("its tokens", async () => {
    const query = `{ ${"__typename ".repeat(maxTokens)} }`;
    const { status, code } = await send(service.app, { query });
    expect([status, code]).toEqual([400, "GRAPHQL_PARSE_FAILED"]);
  });

  test("what fragments in fragments come to: 2^60 fields are measured in milliseconds", async () => {
    const schema = await createSchema();
    const document = parse(`{ a { ...f60 } } ${nested(60)}`);
    const begun = performance.now();
    const [error] = validate(schema, document, [documentLimits]);
    expect(performance.now() - begun).toBeLessThan(100);
    expect(error?.message).toMatch("at most 150 fields");
  });
});

test.each([
  ["fields", `{ me { ${"id ".repeat(200)} nonsense } }`],
  ["depth", `{ me { ${"id { ".repeat(10)} id ${"} ".repeat(10)} nonsense } }`],
  ["rootFields", `{ ${"me { id } ".repeat(240)} nonsense }`],
] as const)(
  "no other rule looks at what is refused for its %s: nothing in it is compared pair by pair",
  async (bound, query) => {
    const { status, errors } = await send(service.app, { query });
    expect(status).toBe(400);
    const { most, words } = documentBounds[bound];
    const messages = errors.map(({ message }) => message);
    expect(messages).toContain(`An operation has at most ${most} ${words}.`);
    expect(messages.join()).not.toContain("nonsense");
  },
);

describe("refused in milliseconds, by whatever rule finds it:", () => {
  const field = "mySessions { id device current userAgent }";
  test.each([
    ["a circle of fragments", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"],
    ["a circle that hides tries", `mutation { ...a } fragment a on Mutation { ${logins(2)} ...a }`],
    ["fragments that nobody made", "{ ...a ...b }"],
    ["the same field 150 times", `{ ${many(150, () => "me { id }")} }`],
    [
      "many fields that must be compared",
      `{ ${many(60, (at) => `...f${at}`)} } ${many(60, (at) => `fragment f${at} on Query { ${field} }`)}`,
    ],
  ])("%s", (_title, query) => expectRefused(query));
});

describe("of a document that is too large one definition is complained of, and no other rule looks at it:", () => {
  test.each([
    [
      "a fragment that nothing spreads",
      `{ me { id } } fragment f on Query { ${many(80, () => "me { id }")} }`,
      "A fragment has at most 150 fields, counted as often as they are spread.",
    ],
    [
      "the first of two of one name",
      `{ ...f } fragment f on Query { ${many(80, () => "me { id }")} } fragment f on Query { me { id } }`,
      "A fragment has at most 150 fields, counted as often as they are spread.",
    ],
    [
      "each of eighty operations",
      `${many(80, (at) => `query q${at} { me { ...f } }`)} fragment f on User { ${many(151, () => "id")} }`,
      "An operation has at most 150 fields, counted as often as they are spread.",
    ],
  ])("%s", async (_title, query, message) => {
    await expectRefused(query);
    const { errors } = await send(service.app, { query });
    expect(errors.map((error) => error.message)).toEqual([message]);
  });
});

test("a fragment is looked up once, however many operations and fragments spread it", async () => {
  const schema = await createSchema();
  const spread = many(80, (at) => `query q${at} { ...f ...g }`);
  const document = parse(
    `${spread} fragment f on Query { me { id } } fragment g on Query { ...f me { email } }`,
  );
  const lookUp = jest.spyOn(ValidationContext.prototype, "getFragment");
  expect(validate(schema, document, [documentLimits])).toEqual([]);
  expect(lookUp.mock.calls.map(([name]) => name).toSorted()).toEqual(["f", "g"]);
  lookUp.mockRestore();
});

test("of many faults ten are told", async () => {
  const query = `{ me { ${many(100, (at) => `nonsense${at}`)} } }`;
  const { errors } = await send(service.app, { query });
  expect(errors).toHaveLength(maxErrors + 1);
  expect(errors.at(-1)?.message).toMatch(/Too many validation errors/);
});

test("what honest clients send is within every bound", async () => {
  const schema = await createSchema();
  for (const document of Object.values(operations))
    expect(validate(schema, parse(document, { maxTokens }), [documentLimits])).toEqual([]);
  const { signedIn } = await newMember(service.app);
  const query = `query { me { id email } mine: mySessions { id device } all: mySessions(includeEnded: true) { ...s }
    myActivity(first: 20) { edges { node { id kind at } } pageInfo { hasNextPage } } } fragment s on Session { id endReason }`;
  const { status, errors } = await send(service.app, { query }, signedIn);
  expect([status, errors]).toEqual([200, []]);
});

test("the introspection of explorers is answered in development, and nothing hides behind it", async () => {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true });
  expect((await send(service.app, { query })).status).toBe(200);
  const type = `__type(name: "User") ${"{ ofType".repeat(21)} { name } ${"}".repeat(21)}`;
  await expectRefused(`{ ${type} }`);
});
