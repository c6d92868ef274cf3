import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { run } from "../support/client.js";
import { newMember, refreshTokenOf } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const json = "application/json; charset=utf-8";
const graphql = "application/graphql-response+json; charset=utf-8";

const accepts: [accept: string | undefined, type: string][] = [
  [undefined, json],
  ["*/*", json],
  ["application/*", json],
  ["application/json", json],
  ["application/json; charset=utf-8", json],
  ["application/graphql-response+json", graphql],
  ["APPLICATION/GRAPHQL-RESPONSE+JSON", graphql],
  ["application/graphql-response+json, application/json;q=0.9", graphql],
  ["application/json;q=0.9, application/graphql-response+json;q=0.8", json],
  ["application/graphql-response+json;charset=utf-8, application/json;charset=utf-8", graphql],
  ["application/graphql-response+json;q=0, */*", json],
  ["application/json;q=0, */*;q=0.1", graphql],
  ["text/html, application/graphql-response+json;q=0.5", graphql],
  ["multipart/mixed, application/graphql-response+json, application/json", graphql],
  ["xapplication/graphql-response+json, application/json", json],
];

/** What is refused by Node's, Fastify's or our own rules, before Apollo Server knows of it. */
const refused: Record<string, { payload: string; type: string; status: number; url?: string }> = {
  "a body too large": { payload: "x".repeat(100_001), type: "application/json", status: 413 },
  "bad JSON": { payload: "{", type: "application/json", status: 400 },
  "a form": { payload: "a=b", type: "application/x-www-form-urlencoded", status: 415 },
  "no GraphQL at all": { payload: "{}", type: "application/json", status: 404, url: "/nothing" },
};

test.each(accepts)("who accepts %s gets %s, by whomever it is refused", async (accept, type) => {
  const headers = accept === undefined ? {} : { accept };
  for (const [name, { payload, status, url = "/graphql", ...rest }] of Object.entries(refused)) {
    const answer = await service.app.inject({
      method: "POST",
      url,
      payload,
      headers: { ...headers, "content-type": rest.type },
    });
    expect([name, answer.statusCode, answer.headers["content-type"]]).toEqual([name, status, type]);
    expect(answer.json().errors).toHaveLength(1);
  }
});

test.each(accepts)("who accepts %s gets %s from Apollo Server too", async (accept, type) => {
  const headers: Record<string, string> = accept === undefined ? {} : { accept };
  const answer = await run(service.app, "me", {}, { headers });
  expect(answer.headers["content-type"]).toBe(type);
});

test.each(["image/png", "text/html", "application/json;q=0", "application/xml, text/*"])(
  "an operation whose answer nobody could read is not run: %s",
  async (accept) => {
    const { auth } = await newMember(service.app);
    const variables = { refreshToken: refreshTokenOf(auth) };
    const refused = await run(service.app, "refreshToken", variables, { headers: { accept } });
    expect([refused.status, refused.code]).toEqual([406, "BAD_REQUEST"]);
    expect(refused.headers["content-type"]).toBe(json);
    const { rows } = await service.pool.query("SELECT generation FROM sessions WHERE id = $1", [
      auth.session.id,
    ]);
    expect(rows).toEqual([{ generation: "0" }]);
  },
);
