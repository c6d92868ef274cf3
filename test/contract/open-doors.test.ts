import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { createSchema } from "../../src/schema.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Answer, bearer, type Extras, run, send } from "../support/client.js";
import { newMember, refreshTokenOf } from "../support/personas.js";
import { listen } from "../support/raw-http.js";
import { openSocket, sessionEvents } from "../support/socket.js";

/**
 * Who may call what (OWASP ASVS 8.2.1): `anybody`, a `member` who is signed in, or `either`: a
 * member, or whoever brings a token that stands for a sign-in; `socket`: a member, over a WebSocket.
 * The schema is open by default; this list is not.
 */
const doors: Record<string, "anybody" | "member" | "either" | "socket"> = {
  "Mutation.changePassword": "member",
  "Mutation.confirmEmailChange": "member",
  "Mutation.deleteAccount": "member",
  "Mutation.login": "anybody",
  "Mutation.logout": "anybody",
  "Mutation.refreshToken": "anybody",
  "Mutation.register": "anybody",
  "Mutation.reportSession": "anybody",
  "Mutation.requestEmailChange": "member",
  "Mutation.requestPasswordReset": "anybody",
  "Mutation.resetPassword": "anybody",
  "Mutation.revokeOtherSessions": "member",
  "Mutation.revokeSession": "member",
  "Mutation.sendEmailVerification": "either",
  "Mutation.updateProfile": "member",
  "Mutation.verifyEmail": "either",
  // Null where no token is sent at all: a frontend asks on every page whether somebody is there.
  "Query.me": "either",
  "Query.myActivity": "member",
  "Query.mySessions": "member",
  "Subscription.sessionEvents": "socket",
};

let schema: GraphQLSchema;
let service: TestApp;
let later: TestApp;
/** Ways to call, and the reason that a member's door gives for refusing each. */
let callers: { reason: string; extras: Extras; at: TestApp }[];

beforeAll(async () => {
  schema = await createSchema();
  service = await startTestApp();
  later = await startTestApp();
  const expired = await newMember(later.app);
  later.clock.advance(16 * 60);
  const ended = await newMember(service.app);
  await run(service.app, "logout", { refreshToken: ended.auth.refreshToken });
  const other = await newMember(service.app);
  await Promise.all([listen(service.app), listen(later.app)]);
  const here = (reason: string, extras: Extras) => ({ reason, extras, at: service });
  callers = [
    here("MISSING", {}),
    here("MISSING", { headers: { authorization: "Basic YTpi" } }),
    here("INVALID", bearer("rubbish")),
    here("INVALID", bearer("")),
    here("INVALID", bearer(refreshTokenOf(other.auth))),
    here("INVALID", expired.signedIn),
    here("SESSION_ENDED", ended.signedIn),
    { reason: "EXPIRED", extras: expired.signedIn, at: later },
  ];
});
afterAll(() => Promise.all([service.close(), later.close()]));

const rootFields = () =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((root) =>
    Object.values(root?.getFields() ?? {}).map((field) => ({ root: root?.name as string, field })),
  );

/** Something of the type; never anything that could succeed. */
function anyValue(type: GraphQLInputType): string {
  if (isNonNullType(type)) return anyValue(type.ofType);
  if (isListType(type)) return "[]";
  if (isEnumType(type)) return type.getValues()[0]?.name ?? "";
  if (isInputObjectType(type)) return `{ ${required(Object.values(type.getFields()))} }`;
  return type.toString() === "Boolean" ? "true" : type.toString() === "Int" ? "1" : '"x"';
}

const required = (
  inputs: readonly { name: string; type: GraphQLInputType; defaultValue?: unknown }[],
): string =>
  inputs
    .filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)
    .map(({ name, type }) => `${name}: ${anyValue(type)}`)
    .join(", ");

function call(root: string, { name, args, type }: GraphQLField<unknown, unknown>): string {
  const given = required(args);
  const selection = isCompositeType(getNamedType(type)) ? " { __typename }" : "";
  return `${root.toLowerCase()} { ${name}${given && `(${given})`}${selection} }`;
}

async function knock(door: string, extras: Extras, { app } = service): Promise<Answer> {
  const found = rootFields().find(({ root, field }) => `${root}.${field.name}` === door);
  if (found === undefined) throw new Error(`${door} is not there`);
  const answer = await send(app, { query: call(found.root, found.field) }, extras);
  expect(answer.status).toBe(200);
  return answer;
}

const reasonOf = ({ errors }: Answer) => errors[0]?.extensions.reason;

test("every root field is on the list, and the list names no others", () => {
  const names = rootFields().map(({ root, field }) => `${root}.${field.name}`);
  expect(names.sort()).toEqual(Object.keys(doors).sort());
});

const those = (kind: string) => Object.keys(doors).filter((door) => doors[door] === kind);

describe("a member's door is shut, with the reason, before anything else is looked at:", () => {
  test.each(those("member"))("%s", async (door) => {
    for (const { reason, extras, at } of callers) {
      const answer = await knock(door, extras, at);
      expect(answer.data ?? {}).not.toHaveProperty(door.split(".")[1] as string, expect.anything());
      expect(answer.errors.map(({ extensions }) => extensions)).toEqual([
        { code: "UNAUTHENTICATED", reason },
      ]);
    }
  });
});

test("a socket is closed to whoever may not listen, with the reason, and nobody listens by POST", async () => {
  for (const { reason, extras, at } of callers) {
    const { port } = at.app.addresses()[0] as { port: number };
    const socket = await openSocket(port);
    socket.send({ type: "connection_init", payload: extras.headers });
    expect(await socket.closed).toEqual({
      code: reason === "MISSING" ? 4401 : 4403,
      reason: `UNAUTHENTICATED: ${reason}`,
    });
    const posted = await send(at.app, { query: sessionEvents }, extras);
    expect([posted.status, posted.data, posted.code]).toEqual([400, undefined, "BAD_REQUEST"]);
  }
});

describe("a door for either is shut to whoever brings nothing, or what is no good:", () => {
  test.each(those("either"))("%s", async (door) => {
    for (const { reason, extras, at } of callers) {
      if (door === "Query.me" && reason === "MISSING") continue;
      const answer = await knock(door, extras, at);
      expect([door, answer.code, reasonOf(answer)]).toEqual([door, "UNAUTHENTICATED", reason]);
    }
  });

  test("Query.me is null where no token is sent at all", async () => {
    expect(await knock("Query.me", {})).toMatchObject({ data: { me: null }, errors: [] });
  });
});

describe("a public door takes no notice of an access token that is no good:", () => {
  test.each(those("anybody"))("%s", async (door) => {
    for (const { extras, at } of callers) {
      const answer = await knock(door, extras, at);
      expect([undefined, "BAD_USER_INPUT", "RATE_LIMITED"].concat(publicRefusals)).toContain(
        answer.code,
      );
    }
  });
});

/** What the values that are knocked with deserve. */
const publicRefusals = ["INVALID_CREDENTIALS", "INVALID_REFRESH_TOKEN", "INVALID_CODE"];

test("beside the root fields no field has a door of its own", () => {
  const roots = ["Query", "Mutation", "Subscription"];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!("getFields" in type) || isInputObjectType(type) || type.name.startsWith("__")) continue;
    if (roots.includes(type.name)) continue;
    for (const field of Object.values(type.getFields()))
      expect([type.name, field.name, field.args]).toEqual([type.name, field.name, []]);
  }
});
