import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run, send } from "../support/client.js";
import { operations } from "../support/operations.js";
import { type MemberPersona, newMember, refreshTokenOf } from "../support/personas.js";

let service: TestApp;
let production: TestApp;
let member: MemberPersona;
beforeAll(async () => {
  service = await startTestApp();
  production = await startTestApp(
    {
      NODE_ENV: "production",
      PUBLIC_URL: "https://auth.example.com",
      DATABASE_URL: service.database.url,
      EMAIL_VERIFICATION: "off",
      BCRYPT_COST: "10",
    },
    service.database,
  );
  member = await newMember(service.app);
});
afterAll(async () => {
  await production.close();
  await service.close();
});

describe("in production", () => {
  test.each(["{ __schema { types { name } } }", '{ __type(name: "User") { name } }'])(
    "nobody is told the schema by %s",
    async (query) => {
      const answer = await send(production.app, { query });
      expect(answer).toMatchObject({ status: 400, code: "GRAPHQL_VALIDATION_FAILED" });
      expect(answer.data).toBeUndefined();
      expect(answer.errors[0]?.message).toBe("Introspection is off.");
    },
  );

  test.each([
    "{ mee { id } }",
    "{ me { emial } }",
    "{ mySessions(includeEndet: true) { id } }",
    'mutation { login(input: { pasword: "" }) { tokenType } }',
    'mutation { login(input: { password: "", transport: COKIE }) { tokenType } }',
    "query ($a: LoginInputt) { __typename }",
    "{ me { ... on Usr { id } } }",
    "{ me @skipp { id } }",
  ])("nobody is helped to guess a name: %s", async (query) => {
    const guided = await send(service.app, { query });
    const silent = await send(production.app, { query });
    expect(silent.status).toBe(400);
    expect(silent.body).not.toMatch(/did you mean/i);
    expect(silent.errors[0]?.extensions.code).toBe(guided.errors[0]?.extensions.code);
  });

  test("there is no page at GET /graphql", async () => {
    const { statusCode, headers } = await production.app.inject({
      url: "/graphql",
      headers: { accept: "text/html" },
    });
    expect(statusCode).toBe(400);
    expect(headers["content-type"]).toMatch(/^application\/json/);
  });
});

describe("one request is one operation:", () => {
  test("a list of operations is refused whole", async () => {
    const one = { query: operations.logout };
    for (const payload of [[one, one], [one], []]) {
      const answer = await service.app.inject({
        method: "POST",
        url: "/graphql",
        payload,
        headers: member.signedIn.headers ?? {},
      });
      expect(answer.statusCode).toBe(400);
    }
    expect((await run(service.app, "me", {}, member.signedIn)).data.me).not.toBeNull();
  });

  test("of a document with several, the one that is named is run, and no other", async () => {
    const query = "mutation away { logout } query here { me { email } }";
    const { data } = await send(service.app, { query, operationName: "here" }, member.signedIn);
    expect(data).toEqual({ me: { email: member.email } });
    expect((await run(service.app, "me", {}, member.signedIn)).data.me).not.toBeNull();
  });

  test.each([{}, { operationName: "nobody" }, { operationName: "" }])(
    "of a document with several, %j runs none",
    async (name) => {
      const query = "mutation away { logout } mutation far { logout }";
      const answer = await send(service.app, { query, ...name }, member.signedIn);
      expect(answer).toMatchObject({ status: 400, code: "OPERATION_RESOLUTION_FAILURE" });
      expect((await run(service.app, "me", {}, member.signedIn)).data.me).not.toBeNull();
    },
  );

  test("a document is not kept for whoever knows its hash", async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } };
    for (const query of [undefined, "{ __typename }"]) {
      const payload = { query, extensions };
      const answer = await service.app.inject({ method: "POST", url: "/graphql", payload });
      expect(answer.json().errors[0].extensions.code).toBe("PERSISTED_QUERY_NOT_SUPPORTED");
    }
  });
});

const byGet = (query: string, headers: Record<string, string> = {}, variables = "{}") =>
  service.app.inject({ url: "/graphql", query: { query, variables }, headers });

describe("GET", () => {
  test("answers a query that no form or image could have sent", async () => {
    const headers = { ...member.signedIn.headers, "apollo-require-preflight": "1" };
    const answer = await byGet("{ me { email } }", headers);
    expect(answer.json()).toEqual({ data: { me: { email: member.email } } });
  });

  test("answers no query that one could have sent", async () => {
    const answer = await byGet("{ me { email } }", member.signedIn.headers);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().data).toBeUndefined();
  });

  test("never changes anything", async () => {
    const headers = { ...member.signedIn.headers, "apollo-require-preflight": "1" };
    for (const query of ["mutation { logout(everywhere: true) }", operations.revokeOtherSessions]) {
      const answer = await byGet(query, headers);
      expect([answer.statusCode, answer.headers.allow]).toEqual([405, "POST"]);
    }
    expect((await run(service.app, "me", {}, member.signedIn)).data.me).not.toBeNull();
  });

  test("takes no token from the address", async () => {
    const { accessToken } = member.auth;
    for (const name of ["access_token", "accessToken", "token", "authorization", "Authorization"]) {
      const answer = await service.app.inject({
        url: "/graphql",
        query: { query: "{ me { id } }", [name]: accessToken },
        headers: { "apollo-require-preflight": "1" },
      });
      expect(answer.json()).toEqual({ data: { me: null } });
      const posted = await service.app.inject({
        method: "POST",
        url: `/graphql?${name}=${accessToken}`,
        payload: { query: "{ me { id } }", [name]: accessToken },
      });
      expect(posted.json()).toEqual({ data: { me: null } });
    }
  });
});

describe("a malformed Authorization never throws:", () => {
  const askMe = (authorization: string) =>
    run(service.app, "me", {}, { headers: { authorization } });

  test.each([
    ["", undefined],
    ["Basic YTpi", undefined],
    ["Bearer", "INVALID"],
    ["Bearer ", "INVALID"],
    ["bearer", "INVALID"],
    ["Bearer a b", "INVALID"],
    ["Bearer null", "INVALID"],
    ["Bearer undefined", "INVALID"],
    ["Bearer ..", "INVALID"],
    ["Bearer e30.e30.", "INVALID"],
    ["Bearer eyJhbGciOiJub25lIn0.e30.", "INVALID"],
    ["Bearer %00", "INVALID"],
    ["Bearer \u00ff\u00fe", "INVALID"],
    [`Bearer ${"a".repeat(8000)}`, "INVALID"],
    [`Bearer ${"a.".repeat(4000)}`, "INVALID"],
    ["Bearer gate_x", "INVALID"],
    ["Bearer, Bearer x", undefined],
  ])("%j", async (authorization, reason) => {
    const answer = await askMe(authorization);
    expect(answer.status).toBe(200);
    expect(answer.errors[0]?.extensions).toEqual(
      reason === undefined ? undefined : { code: "UNAUTHENTICATED", reason },
    );
  });

  test("whatever stands in it", async () => {
    const printable = fc
      .string({ unit: "binary", maxLength: 60 })
      .map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, ""));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("", "Bearer ", "bearer\t"),
        printable,
        async (scheme, text) => {
          const { status, code } = await askMe(scheme + text);
          expect([status, code ?? "UNAUTHENTICATED"]).toEqual([200, "UNAUTHENTICATED"]);
        },
      ),
      { numRuns: 80 },
    );
  });

  test("and stops no public mutation, because links attach it always", async () => {
    const variables = { refreshToken: refreshTokenOf(member.auth) };
    const { data } = await run(service.app, "refreshToken", variables, bearer("rubbish"));
    expect(data.refreshToken.session.rotations).toBe(1);
  });
});

test("a cookie header of any form never throws", async () => {
  const text = fc.string({ maxLength: 60 }).map((cookie) => cookie.replace(/[^\x20-\x7e]/g, ""));
  const names = fc.constantFrom("", "gatehouse_refresh=", "gatehouse_refresh=%", "; ;=");
  await fc.assert(
    fc.asyncProperty(names, text, async (name, value) => {
      const headers = { cookie: name + value };
      const { status, code } = await run(service.app, "refreshToken", {}, { headers });
      expect([status, code]).toEqual([200, "INVALID_REFRESH_TOKEN"]);
    }),
    { numRuns: 60 },
  );
});
