import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { GraphQLError } from "graphql";
import { DatabaseError } from "pg";
import { ArgumentValidationError, AuthorizationError } from "type-graphql";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Answer, run } from "../support/client.js";
import { type MemberPersona, newMember, refreshTokenOf } from "../support/personas.js";

let service: TestApp;
let member: MemberPersona;
beforeAll(async () => {
  service = await startTestApp();
  member = await newMember(service.app);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => service.close());

/** What the requests below ask the database; clean-ups and heartbeats ask in between. */
const ours = ["list-sessions", "read-user", "rotate-session", "rotate-sessions"];

/** The next question of a request fails so. */
function failNext(error: unknown): void {
  jest.restoreAllMocks();
  const query = service.pool.query.bind(service.pool) as (...args: unknown[]) => unknown;
  let failed = false;
  const stub = (...args: unknown[]) => {
    const { name = "" } = args[0] as { name?: string };
    if (failed || !ours.includes(name)) return query(...args);
    failed = true;
    return Promise.reject(error);
  };
  jest.spyOn(service.pool, "query").mockImplementation(stub as typeof service.pool.query);
}

function databaseError(code: string, message: string): DatabaseError {
  const error = new DatabaseError(message, 100, "error");
  return Object.assign(error, {
    code,
    detail: `Key (email)=(${member.email}) already exists.`,
    constraint: "users_secret_constraint",
    table: "users",
    query: "SELECT password_hash FROM users",
    parameters: [member.email],
  });
}

const logged = (requestId: unknown) => service.logLines.filter(({ reqId }) => reqId === requestId);

const leaks =
  /select |insert |users|constraint|relation|\/src\/|node_modules|\.[tj]s\b|stack|pg_|Key \(/i;

function expectMasked(answer: Answer): Record<string, unknown>[] {
  expect(answer.status).toBe(200);
  expect(answer.body).not.toMatch(leaks);
  expect(answer.body).not.toContain(member.email);
  const requestId = answer.headers["x-request-id"];
  expect(answer.errors).toHaveLength(1);
  expect(answer.errors[0]).toMatchObject({
    message: "Something went wrong on our side.",
    extensions: { code: "INTERNAL_SERVER_ERROR", requestId },
  });
  expect(Object.keys(answer.errors[0]?.extensions ?? {})).toEqual(["code", "requestId"]);
  return logged(requestId).filter(({ event }) => event === "unexpected_error");
}

describe("what nobody foresaw is masked, and found in the log by its request id:", () => {
  test.each<[string, () => unknown]>([
    ["an error", () => new Error("SELECT secret FROM users at /srv/src/x.ts")],
    ["a type error", () => new TypeError("Cannot read properties of undefined (reading 'x')")],
    ["a constraint", () => databaseError("23514", 'violates "users_secret_constraint"')],
    ["a missing table", () => databaseError("42P01", 'relation "users" does not exist')],
    ["no error at all", () => "SELECT secret FROM users"],
    ["nothing", () => undefined],
    [
      "an error that claims to be GraphQL's own",
      () =>
        new GraphQLError("SELECT x", { extensions: { code: "BAD_REQUEST", stack: "src/x.ts" } }),
    ],
    [
      "TypeGraphQL's validation, which would repeat what was typed",
      () =>
        new ArgumentValidationError([
          { target: { password: "SELECT" }, value: "SELECT", property: "password" },
        ]),
    ],
    ["TypeGraphQL's authorisation, whose code means two things", () => new AuthorizationError()],
    [
      "one that claims to be the caller's fault",
      () => new GraphQLError("constraint", { extensions: { code: "BAD_USER_INPUT" } }),
    ],
  ])("%s", async (_name, error) => {
    failNext(error());
    const lines = expectMasked(await run(service.app, "mySessions", {}, member.signedIn));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 50, err: { stack: expect.any(String) } });
  });
});

test("the log has an error's message and stack, and none of a database error's values", async () => {
  failNext(databaseError("23505", 'duplicate key value violates "users_secret_constraint"'));
  const [line] = expectMasked(await run(service.app, "me", {}, member.signedIn));
  expect(line?.err).toEqual({
    type: "error",
    message: 'duplicate key value violates "users_secret_constraint"',
    code: "23505",
    stack: expect.stringContaining("duplicate key value"),
  });
});

test("a value that PostgreSQL cannot read is not logged with its complaint", async () => {
  failNext(databaseError("22P02", 'invalid input syntax for type uuid: "typed: by somebody"'));
  const [line] = expectMasked(await run(service.app, "me", {}, member.signedIn));
  expect(line?.err).toMatchObject({ message: "invalid input syntax for type uuid" });
  expect(JSON.stringify(line)).not.toContain("typed");
});

describe("a database that is away or busy is told as OVERLOADED, and nobody is signed out:", () => {
  test.each<[string, () => unknown]>([
    ["shutting down", () => databaseError("57P01", "terminating connection")],
    ["out of connections", () => databaseError("53300", "too many clients")],
    ["a lock timeout", () => databaseError("55P03", "canceling statement due to lock timeout")],
    ["a statement timeout", () => databaseError("57014", "canceling statement")],
    ["read-only", () => databaseError("25006", "cannot execute UPDATE in a read-only transaction")],
    ["refused", () => Object.assign(new Error("connect"), { code: "ECONNREFUSED" })],
    ["a pool that is empty", () => new Error("timeout exceeded when trying to connect")],
    ["a connection that broke", () => new Error("Connection terminated unexpectedly")],
  ])("%s", async (_name, error) => {
    for (const operation of ["mySessions", "refreshToken"] as const) {
      failNext(error());
      const variables = { refreshToken: refreshTokenOf(member.auth) };
      const answer = await run(service.app, operation, variables, member.signedIn);
      expect(answer.errors[0]?.extensions).toEqual({ code: "OVERLOADED", retryAfter: 1 });
      expect(answer.body).not.toMatch(leaks);
      const lines = logged(answer.headers["x-request-id"]);
      expect(lines.map(({ event }) => event)).toContain("database_fault");
    }
    expect((await run(service.app, "me", {}, member.signedIn)).data.me.id).toBe(
      member.auth.user.id,
    );
  });
});

test("after a deadlock a refresh is tried once more, by itself, and a reading is told to come again", async () => {
  const deadlock = databaseError("40P01", "deadlock detected");
  failNext(deadlock);
  const reading = await run(service.app, "mySessions", {}, member.signedIn);
  expect(reading.errors[0]?.extensions).toEqual({ code: "OVERLOADED", retryAfter: 1 });
  expect(reading.body).not.toMatch(leaks);
  const lines = logged(reading.headers["x-request-id"]);
  expect(lines.map(({ event }) => event)).toContain("database_fault");
  const refreshToken = refreshTokenOf((await newMember(service.app)).auth);
  failNext(deadlock);
  expect((await run(service.app, "refreshToken", { refreshToken })).code).toBeUndefined();
  const asked = jest.mocked(service.pool.query).mock.calls as unknown as [{ name?: string }][];
  const rotations = asked.map(([{ name }]) => name).filter((name) => name?.startsWith("rotate-"));
  expect(rotations).toEqual(["rotate-sessions", "rotate-session"]);
});

test("an error of a real database says nothing of tables, and the process goes on", async () => {
  await service.pool.query("ALTER TABLE sessions RENAME COLUMN device TO gone");
  const [line] = expectMasked(await run(service.app, "mySessions", {}, member.signedIn));
  expect(line).toMatchObject({ err: { code: "42703" } });
  await service.pool.query("ALTER TABLE sessions RENAME COLUMN gone TO device");
  const { data } = await run(service.app, "mySessions", {}, member.signedIn);
  expect(data.mySessions).toHaveLength(1);
});

test("what fails outside of GraphQL is masked in GraphQL's form", async () => {
  const broken = await startTestApp();
  broken.app.get("/broken", () => {
    throw new Error("SELECT secret FROM users");
  });
  const answer = await broken.app.inject({ url: "/broken" });
  await broken.close();
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toEqual({
    errors: [
      {
        message: "Something went wrong on our side.",
        extensions: {
          code: "INTERNAL_SERVER_ERROR",
          requestId: answer.headers["x-request-id"],
        },
      },
    ],
  });
});

test("one field that fails leaves the others, and an executed operation is 200 whatever happens", async () => {
  const query = "{ me { id } mySessions { id } }";
  failNext(new Error("SELECT"));
  const answer = await service.app.inject({
    method: "POST",
    url: "/graphql",
    payload: { query },
    headers: {
      ...member.signedIn.headers,
      accept: "application/graphql-response+json",
    },
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.json().errors).toHaveLength(1);
});
