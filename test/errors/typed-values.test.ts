import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Answer, send } from "../support/client.js";
import { operations } from "../support/operations.js";

let service: TestApp;
let inProduction: TestApp;
beforeAll(async () => {
  service = await startTestApp({ LOG_LEVEL: "trace" });
  inProduction = await startTestApp(
    {
      NODE_ENV: "production",
      LOG_LEVEL: "trace",
      PUBLIC_URL: "https://auth.example.com",
      DATABASE_URL: service.database.url,
      EMAIL_VERIFICATION: "off",
      BCRYPT_COST: "10",
    },
    service.database,
  );
});
afterAll(async () => {
  await inProduction.close();
  await service.close();
});

/** Stands in every password below; no answer may hold it, nor any line of the log. */
const marker = "hunter2";

const passwords = [
  "hunter2hunter2",
  'quo"ted hunter2"',
  "back\\slash hunter2\\",
  "line\nbreak\r\n hunter2",
  'a at "hunter2"; b',
  ' at "input.hunter2"; String cannot represent hunter2',
  '; Field "hunter2" of required type "String!" was not provided.',
  'x. Did you mean "hunter2"?',
  ", found hunter2",
  '" does not exist in "hunter2" enum.',
  `${"long ".repeat(50)}hunter2`,
  "hunter2 \u{1f511} \ud800",
];

function expectToKeepIt(answer: Answer): void {
  expect(answer.status).toBe(400);
  expect(answer.errors.length).toBeGreaterThan(0);
  expect(answer.body).not.toContain(marker);
}

const both = (body: Parameters<typeof send>[1]) =>
  Promise.all([send(service.app, body), send(inProduction.app, body)]);

const credentials = (password: unknown) => ({ email: "ada@example.com", password });

describe("a variable of the wrong type is refused without its value:", () => {
  const shapes: Record<string, (secret: string) => object> = {
    "in an object": (secret) => ({ input: credentials({ [secret]: secret }) }),
    "in a list": (secret) => ({ input: credentials([secret, [secret]]) }),
    "beside a number": (secret) => ({ input: { email: 7, password: secret } }),
    "as an enum": (secret) => ({ input: { ...credentials(secret), transport: secret } }),
    "as a field": (secret) => ({ input: { ...credentials(secret), [secret]: secret } }),
    "in place of the input": (secret) => ({ input: secret }),
    "in a list of inputs": (secret) => ({ input: [credentials(secret)] }),
    "beside what is missing": (secret) => ({ input: { password: secret, deviceName: {} } }),
  };
  const cases = Object.entries(shapes).flatMap(([name, shape]) =>
    passwords.map((password) => [name, password, shape(password)] as const),
  );

  test.each(cases)("%s %j", async (_name, _password, variables) => {
    for (const answer of await both({ query: operations.login, variables })) {
      expectToKeepIt(answer);
      expect(answer.code).toBe("BAD_USER_INPUT");
    }
  });

  test("whatever it is", async () => {
    const secret = fc.oneof(fc.string(), fc.constantFrom(...passwords)).map((s) => marker + s);
    const value = fc.oneof(
      fc.array(secret, { minLength: 1, maxLength: 3 }),
      fc.dictionary(secret, fc.oneof(secret, fc.jsonValue()), { minKeys: 1, maxKeys: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(value, async (password) => {
        const variables = { input: credentials(password) };
        expectToKeepIt(await send(service.app, { query: operations.login, variables }));
      }),
      { numRuns: 60 },
    );
  });

  test("in no more time than its length asks for", async () => {
    const password = { [` at "input.${"a".repeat(40_000)}`]: 'at "'.repeat(10_000) };
    const begun = performance.now();
    const variables = { input: credentials(password) };
    expect((await send(service.app, { query: operations.login, variables })).status).toBe(400);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe("a literal of the wrong type is refused without its value:", () => {
  const literals: [string, (literal: string) => string][] = [
    ["a string as a list", (text) => `password: [${text}]`],
    ["a string in an object", (text) => `password: { a: ${text} }`],
    ["a string as an enum", (text) => `password: "x", transport: ${text}`],
    ["a string as the input", (text) => text],
  ];
  const cases = literals.flatMap(([name, write]) =>
    passwords.map((password) => [name, write(JSON.stringify(password)), password] as const),
  );

  test.each(cases)("%s, %s", async (name, written) => {
    const input = name.endsWith("the input") ? written : `{ email: "a@b.example", ${written} }`;
    const query = `mutation { login(input: ${input}) { tokenType } }`;
    for (const answer of await both({ query })) {
      expectToKeepIt(answer);
      expect(answer.code).toMatch(/^GRAPHQL_(?:VALIDATION|PARSE)_FAILED$/);
    }
  });

  test.each([
    "mutation { login(input: { password: hunter2 }) { tokenType } }",
    "mutation { login(input: { password: $p, transport: hunter2 }) { tokenType } }",
    'mutation { logout(everywhere: "hunter2") }',
    'mutation { logout(everywhere: ["hunter2"]) }',
    'mutation { revokeSession(id: { a: "hunter2" }) { id } }',
    "mutation { refreshToken(retryKey: hunter2) { tokenType } }",
    'query ($a: Boolean = "hunter2") { mySessions(includeEnded: $a) { id } }',
    'mutation ($t: TokenTransport! = hunter2) { login(input: { password: "x", transport: $t }) { tokenType } }',
  ])("%s", async (query) => {
    for (const answer of await both({ query })) expectToKeepIt(answer);
  });
});

test.each([
  'mutation { login(input: { password: "hunter2 }) { tokenType } }',
  'mutation { login(input: { password: "my"hunter2" }) { tokenType } }',
  'mutation { login(input: { password "hunter2" }) { tokenType } }',
  'mutation { login(input: { password: """hunter2 }) { tokenType } }',
  'mutation { login(input: { password: "a\\hunter2" }) { tokenType } }',
  'mutation { login(input: { password: "\\u{hunter2}" }) { tokenType } }',
  "mutation { login(input: { password: 'hunter2' }) { tokenType } }",
  "mutation { login(input: { password: 0hunter2 }) { tokenType } }",
  'mutation { login(input: { password: "a" } hunter2) { tokenType } }',
  '"hunter2" { me { id } }',
  '{ me "hunter2" }',
  '{ me @"""hunter2""" }',
  "hunter2 { me { id } }",
  "hunter2",
  'query hunter2 "hunter2"',
  "{ me { id } } #\n hunter2 \u0007",
])("a document that does not parse is refused without what stands in it: %s", async (query) => {
  for (const answer of await both({ query })) {
    expectToKeepIt(answer);
    expect(answer.code).toBe("GRAPHQL_PARSE_FAILED");
    expect(answer.errors[0]?.message).toMatch(/^Syntax Error/);
  }
});

test("an operation that is not there is not repeated", async () => {
  const [answer] = await both({ query: "query a { __typename }", operationName: 'x" hunter2' });
  expectToKeepIt(answer);
  expect(answer.code).toBe("OPERATION_RESOLUTION_FAILURE");
});

describe("a remark on a document stays useful:", () => {
  test.each([
    ["{ me { nope } }", 'Cannot query field "nope" on type "User".'],
    ["{ me", "Syntax Error: Expected Name."],
    ["{ me } }", 'Syntax Error: Unexpected "}".'],
    ['{ me(a: "', "Syntax Error: Unterminated string."],
    ["{ mySessions(includeEnded: 1) { id } }", "Boolean cannot represent a non boolean value."],
    [
      "mutation { login(input: { transport: BDY }) { tokenType } }",
      'Field "LoginInput.password" of required type "String!" was not provided.',
    ],
    [
      'mutation { login(input: { password: "", transport: BDY }) { tokenType } }',
      'The value does not exist in "TokenTransport" enum.',
    ],
  ])("%s", async (query, message) => {
    const { errors } = await send(inProduction.app, { query });
    expect(errors.map((error) => error.message)).toContain(message);
  });
});

describe("a variable that does not fit names its field:", () => {
  const good = { email: "ada@example.com", password: "x" };
  test.each<[object, string, string]>([
    [{}, "input", "MISSING"],
    [{ input: null }, "input", "MISSING"],
    [{ input: 5 }, "input", "FORMAT_INVALID"],
    [{ input: { email: "a" } }, "password", "MISSING"],
    [{ input: { ...good, password: null } }, "password", "MISSING"],
    [{ input: { ...good, password: 5 } }, "password", "FORMAT_INVALID"],
    [{ input: { ...good, transport: "BDY" } }, "transport", "FORMAT_INVALID"],
    [{ input: { ...good, transport: null } }, "transport", "MISSING"],
    [{ input: { ...good, unknown: 1 } }, "input", "FORMAT_INVALID"],
    [{ input: { ...good, password: { 'a at "email"; ': 1 } } }, "password", "FORMAT_INVALID"],
  ])("%j: %s %s", async (variables, field, code) => {
    const { errors } = await send(service.app, { query: operations.login, variables });
    expect(errors[0]?.extensions.fields).toEqual([{ field, code }]);
  });

  test("but never one that the schema does not have", async () => {
    const query = "mutation ($hunter2: LoginInput!) { login(input: $hunter2) { tokenType } }";
    const { errors } = await send(service.app, { query, variables: { hunter2: 5 } });
    expect(errors[0]?.extensions).toEqual({ code: "BAD_USER_INPUT" });
  });
});

test("of all this the log holds nothing", () => {
  const lines = [...service.logLines, ...inProduction.logLines].map((line) => JSON.stringify(line));
  expect(lines.length).toBeGreaterThan(200);
  expect(lines.filter((line) => line.includes(marker))).toEqual([]);
});
