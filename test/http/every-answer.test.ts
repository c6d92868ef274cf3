import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { listen, type RawAnswer, talk } from "../support/raw-http.js";

let service: TestApp;
let port: number;
beforeAll(async () => {
  service = await startTestApp(
    { PUBLIC_URL: "https://auth.example.com", CORS_ORIGINS: "https://app.example.com" },
    undefined,
    { headersTimeout: 100, requestTimeout: 150, checkingInterval: 20 },
  );
  ({ port } = await listen(service.app));
});
afterAll(() => service.close());

const lines = (...all: string[]) => `${all.join("\r\n")}\r\n\r\n`;

const get = (path: string, ...headers: string[]) =>
  lines(`GET ${path} HTTP/1.1`, "host: x", "connection: close", ...headers);

const post = (body: string, ...headers: string[]) =>
  lines(
    "POST /graphql HTTP/1.1",
    "host: x",
    "connection: close",
    ...(headers.some((header) => header.startsWith("content-type"))
      ? []
      : ["content-type: application/json"]),
    `content-length: ${Buffer.byteLength(body)}`,
    ...headers,
  ) + body;

const with_ = (method: string, path: string, ...headers: string[]) =>
  get(path, ...headers).replace("GET", method);

const preflight = [
  "access-control-request-method: POST",
  "access-control-request-headers: content-type",
];

const webSocket = [
  "connection: upgrade",
  "upgrade: websocket",
  "sec-websocket-version: 13",
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** A request of every kind that is answered, and the status of the answer. */
const requests: [name: string, status: number, bytes: string][] = [
  ["an operation", 200, post('{"query":"{ __typename }"}')],
  ["an operation with errors", 200, post('{"query":"{ mySessions { id } }"}')],
  ["a document that does not parse", 400, post('{"query":"{"}')],
  ["bad JSON", 400, post("{")],
  ["a subscription", 400, post('{"query":"subscription { sessionEvents { kind } }"}')],
  ["a WebSocket of another subprotocol", 400, get("/graphql", ...webSocket)],
  [
    "a WebSocket of a foreign page",
    403,
    get("/graphql", ...webSocket, "origin: https://evil.example"),
  ],
  ["a WebSocket elsewhere", 404, get("/socket", ...webSocket)],
  ["two hosts", 400, get("/health/live", "host: a", "host: b")],
  ["JSON with a prototype", 400, post('{"__proto__":{"query":"{ me { id } }"}}')],
  ["no body", 400, post("")],
  ["a list of operations", 400, post('[{"query":"{ __typename }"}]')],
  [
    "a persisted query",
    200,
    post('{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}'),
  ],
  ["text", 415, post("{ me { id } }", "content-type: text/plain")],
  ["a form", 415, post("query=x", "content-type: application/x-www-form-urlencoded")],
  ["a form of parts", 415, post("--x--", "content-type: multipart/form-data; boundary=x")],
  ["GraphQL as itself", 415, post("{ me { id } }", "content-type: application/graphql")],
  ["a media type that is none", 415, post("{}", "content-type: json")],
  ["an Accept that nothing meets", 406, post('{"query":"{ __typename }"}', "accept: image/png")],
  [
    "the cookie from a foreign page",
    403,
    post("{}", "origin: https://evil.example", "cookie: __Host-gatehouse_refresh=x"),
  ],
  ["a body announced too large", 413, post("x").replace("length: 1", "length: 100001")],
  [
    "chunks that grow too large",
    413,
    post("").replace("content-length: 0", "transfer-encoding: chunked") +
      `186A1\r\n${"x".repeat(100_001)}\r\n0\r\n\r\n`,
  ],
  ["an odd expectation", 200, post('{"query":"{ __typename }"}', "expect: miracles")],
  ["a query by GET without preflight", 400, get("/graphql?query=%7B__typename%7D")],
  ["a query by GET", 200, get("/graphql?query=%7B__typename%7D", "apollo-require-preflight: 1")],
  [
    "a mutation by GET",
    405,
    get("/graphql?query=mutation%7Blogout%7D", "apollo-require-preflight: 1"),
  ],
  ["Sandbox", 200, get("/graphql", "accept: text/html")],
  ["health", 200, get("/health/live")],
  ["readiness", 200, get("/health/ready")],
  ["HEAD", 200, with_("HEAD", "/health/live")],
  ["the keys", 200, get("/.well-known/jwks.json")],
  ["an unknown address", 404, get("/nothing")],
  ["another unknown address", 404, with_("POST", "/graphql/")],
  ["a method that the address does not take", 405, with_("DELETE", "/graphql")],
  ["TRACE", 405, with_("TRACE", "/graphql", "cookie: secret=1")],
  ["an unusual method", 405, with_("PROPFIND", "/health/live")],
  ["OPTIONS", 204, with_("OPTIONS", "/graphql")],
  [
    "a preflight",
    204,
    with_("OPTIONS", "/graphql", "origin: https://app.example.com", ...preflight),
  ],
  [
    "a preflight of a foreign page",
    204,
    with_("OPTIONS", "/graphql", "origin: https://evil.example", ...preflight),
  ],
  ["an address that cannot be decoded", 400, get("/%zz")],
  ["a host that is none", 400, get("/health/live").replace("host: x", "host: a[b")],
  ["no host", 400, get("/health/live").replace("host: x\r\n", "")],
  ["HTTP/1.0", 200, "GET /health/live HTTP/1.0\r\n\r\n"],
  ["GraphQL by HTTP/1.0", 200, post('{"query":"{ __typename }"}').replace("1.1\r\nhost: x", "1.0")],
  ["a header too large", 431, get("/health/live", `x-large: ${"x".repeat(100_000)}`)],
  ["what is no HTTP", 400, "hello\r\n\r\n"],
  ["a method that does not exist", 400, with_("FETCH", "/graphql")],
  ["two lengths", 400, post("{}", "transfer-encoding: chunked")],
  [
    "a bad chunk",
    400,
    `${post("").replace("content-length: 0", "transfer-encoding: chunked")}zz\r\n`,
  ],
  ["a header that does not end", 408, "GET /health/live HTTP/1.1\r\nhost: x\r\n"],
  ["a body that does not come", 408, post("{").replace("length: 1", "length: 9")],
];

const strict = {
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-frame-options": "DENY",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0",
  "cache-control": "no-store",
};

/** What one answer has of its own. */
const exceptions: Record<string, Record<string, unknown>> = {
  Sandbox: {
    "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
    "cross-origin-opener-policy": "unsafe-none",
  },
  "the keys": { "cache-control": expect.stringMatching(/^public, max-age=\d+/) },
};

describe.each(requests)("the answer to %s", (name, status, bytes) => {
  let answer: RawAnswer;
  beforeAll(async () => {
    answer = await talk(port, bytes);
  });

  test(`is ${status}, with every security header, and does not say what software it is`, () => {
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ ...strict, ...exceptions[name] });
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.date).toMatch(/ GMT$/);
    for (const banner of ["server", "x-powered-by", "via", "etag"])
      expect(answer.headers).not.toHaveProperty(banner);
    if (name !== "Sandbox")
      expect(answer.body + JSON.stringify(answer.headers)).not.toMatch(
        /fastify|apollo.server|node\.?js/i,
      );
  });

  if (status >= 400)
    test("says so as GraphQL does", () => {
      expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
      const { errors, data } = JSON.parse(answer.body);
      expect(data).toBeUndefined();
      expect(errors[0]).toEqual(
        expect.objectContaining({
          message: expect.any(String),
          extensions: { code: expect.stringMatching(/^[A-Z_]+$/) },
        }),
      );
    });
});

test("no two answers have one id", async () => {
  const all = await Promise.all(requests.slice(0, 12).map(([, , bytes]) => talk(port, bytes)));
  expect(new Set(all.map(({ headers }) => headers["x-request-id"])).size).toBe(12);
});

test("a client cannot choose the id", async () => {
  const chosen = "11111111-1111-1111-1111-111111111111";
  const answer = await talk(port, get("/health/live", `x-request-id: ${chosen}`));
  expect(answer.headers["x-request-id"]).not.toBe(chosen);
});

test("what is sent in a TRACE does not come back", async () => {
  const answer = await talk(port, with_("TRACE", "/graphql", "cookie: secret=1"));
  expect(answer.body + JSON.stringify(answer.headers)).not.toContain("secret");
});

test("CONNECT opens nothing", async () => {
  expect((await talk(port, with_("CONNECT", "example.com:80"))).status).toBeNaN();
});

test.each([
  ["DELETE", "/graphql", "GET, POST, OPTIONS"],
  ["HEAD", "/graphql", "GET, POST, OPTIONS"],
  ["POST", "/health/live", "GET, HEAD, OPTIONS"],
  ["PUT", "/.well-known/jwks.json?x=1", "GET, HEAD, OPTIONS"],
  ["OPTIONS", "/health/ready", "GET, HEAD, OPTIONS"],
])("%s %s is told what the address takes: %s", async (method, path, allow) => {
  const answer = await talk(port, with_(method, path));
  expect(answer.headers.allow?.split(", ").sort()).toEqual(allow.split(", ").sort());
});

test("a mutation by GET is told to come by POST", async () => {
  const bytes = get("/graphql?query=mutation%7Blogout%7D", "apollo-require-preflight: 1");
  expect((await talk(port, bytes)).headers.allow).toBe("POST");
});

test("over plain http nobody is told to insist on https", async () => {
  const plain = await startTestApp({ PUBLIC_URL: "http://localhost:4000" });
  const { headers } = await plain.app.inject("/health/live");
  await plain.close();
  expect(headers).not.toHaveProperty("strict-transport-security");
  expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
});
