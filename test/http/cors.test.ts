import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";

const ours = "https://auth.example.com";
const listed = ["https://app.example.com", "https://admin.example.com:8443"];

let strict: TestApp;
let development: TestApp;
let production: TestApp;
beforeAll(async () => {
  strict = await startTestApp({ PUBLIC_URL: ours, CORS_ORIGINS: listed.join() });
  development = await startTestApp({}, undefined);
  production = await startTestApp(
    {
      NODE_ENV: "production",
      PUBLIC_URL: ours,
      DATABASE_URL: strict.database.url,
      EMAIL_VERIFICATION: "off",
      BCRYPT_COST: "10",
    },
    strict.database,
  );
});
afterAll(async () => {
  await production.close();
  await Promise.all([strict.close(), development.close()]);
});

const ask = ({ app }: TestApp, origin: string | undefined, url = "/graphql") =>
  app.inject({
    method: "POST",
    url,
    payload: { query: "{ __typename }" },
    headers: origin === undefined ? {} : { origin },
  });

const preflight = ({ app }: TestApp, origin: string, headers = "content-type,authorization") =>
  app.inject({
    method: "OPTIONS",
    url: "/graphql",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": headers,
    },
  });

const corsOf = (headers: object) =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith("access-control-")),
  );

describe("with CORS_ORIGINS", () => {
  test.each([...listed, ours])(
    "a page of %s may read answers, with credentials",
    async (origin) => {
      const { headers } = await ask(strict, origin);
      expect(corsOf(headers)).toEqual({
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "retry-after, x-request-id",
      });
      expect(headers.vary).toBe("Origin");
    },
  );

  test.each(listed)("a page of %s may ask with what it needs", async (origin) => {
    const { statusCode, headers } = await preflight(strict, origin);
    expect(statusCode).toBe(204);
    expect(corsOf(headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers":
        "authorization, content-type, apollo-require-preflight, x-apollo-operation-name",
      "access-control-max-age": "7200",
    });
  });

  test.each([
    "https://evil.example",
    "https://app.example.com.evil.example",
    "https://evil-app.example.com",
    "https://app.example.com:444",
    "http://app.example.com",
    "HTTPS://APP.EXAMPLE.COM",
    "https://app.example.com/",
    "https://studio.apollographql.com",
    "http://localhost:3000",
    "null",
    "*",
    "https://app.example.com, https://evil.example",
    "https://app.example.com https://admin.example.com:8443",
  ])("a page of %s may do neither", async (origin) => {
    expect(corsOf((await ask(strict, origin)).headers)).toEqual({});
    expect(corsOf((await preflight(strict, origin)).headers)).toEqual({});
  });

  test("who says no origin is told nothing, and caches keep the two apart", async () => {
    const { headers } = await ask(strict, undefined);
    expect(corsOf(headers)).toEqual({});
    expect(headers.vary).toBe("Origin");
  });

  test("errors may be read too: a page that cannot see why would sign its user out", async () => {
    const { statusCode, headers } = await ask(strict, listed[0], "/nothing");
    expect(statusCode).toBe(404);
    expect(headers["access-control-allow-origin"]).toBe(listed[0]);
  });
});

test.each([
  "https://studio.apollographql.com",
  "http://localhost",
  "http://localhost:3000",
  "https://localhost:5173",
  "http://127.0.0.1:8080",
  "http://[::1]:3000",
])("in development %s is allowed", async (origin) => {
  expect(corsOf((await ask(development, origin)).headers)).toMatchObject({
    "access-control-allow-origin": origin,
  });
});

test.each([
  "https://studio.apollographql.com.evil.example",
  "http://localhost.evil.example",
  "http://localhost:3000.evil.example",
  "http://evil.localhost:3000",
  "http://127.0.0.1.evil.example",
  "http://127.0.0.2:3000",
  "null",
])("in development %s is not", async (origin) => {
  expect(corsOf((await ask(development, origin)).headers)).toEqual({});
});

test.each(["https://studio.apollographql.com", "http://localhost:3000", "https://app.example.com"])(
  "in production %s is not allowed unless it is listed",
  async (origin) => {
    expect(corsOf((await ask(production, origin)).headers)).toEqual({});
  },
);

test("anybody's page may read the public keys, and without credentials", async () => {
  for (const origin of ["https://evil.example", listed[0]]) {
    const { headers } = await strict.app.inject({
      url: "/.well-known/jwks.json",
      headers: { origin },
    });
    expect(corsOf(headers)).toEqual({ "access-control-allow-origin": "*" });
  }
});
