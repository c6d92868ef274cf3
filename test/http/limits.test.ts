import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { serverLimits } from "../../src/http/server-limits.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { send } from "../support/client.js";
import { operations } from "../support/operations.js";
import { listen, openSocket, readToEnd, talk } from "../support/raw-http.js";

const impatient = {
  headersTimeout: 250,
  requestTimeout: 400,
  checkingInterval: 25,
  keepAliveTimeout: 100,
  silence: 600,
  connections: 60,
};

let service: TestApp;
let port: number;
beforeAll(async () => {
  service = await startTestApp({}, undefined, impatient);
  service.app.get("/large", async () => Buffer.alloc(50_000_000));
  ({ port } = await listen(service.app));
});
afterAll(() => service.close());

const head = (length: number | string) =>
  `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${
    typeof length === "string" ? length : `content-length: ${length}`
  }\r\n\r\n`;

const health = "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";

/** How long an honest request takes meanwhile, in milliseconds. */
async function honestRequest(): Promise<number> {
  const begun = performance.now();
  const answer = await talk(port, health.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
  expect(answer.status).toBe(200);
  return performance.now() - begun;
}

describe("a body", () => {
  const padded = (bytes: number) => {
    const body = JSON.stringify({ query: "{ __typename }", padding: "" });
    return body.replace('""', `"${"x".repeat(bytes - body.length)}"`);
  };

  test("of 100 kB is read, and of one byte more is not", async () => {
    const post = (payload: string) =>
      service.app.inject({
        method: "POST",
        url: "/graphql",
        payload,
        headers: { "content-type": "application/json" },
      });
    expect((await post(padded(100_000))).statusCode).toBe(200);
    const tooLarge = await post(padded(100_001));
    expect(tooLarge.statusCode).toBe(413);
    expect(tooLarge.json().errors[0].extensions).toEqual({ code: "BAD_REQUEST" });
  });

  test("without end is cut off, whatever is still to come", async () => {
    const socket = await openSocket(port);
    const answer = readToEnd(socket);
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    socket.write(head("transfer-encoding: chunked"));
    let sent = 0;
    while (!socket.destroyed && sent < 2000) {
      sent++;
      if (!socket.write(chunk))
        await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => undefined);
    }
    expect(sent).toBeLessThan(500);
    expect(await answer).toMatch(/^(?:HTTP\/1\.1 413 |$)/);
    expect(await honestRequest()).toBeLessThan(1000);
  });
});

describe("what is deep or long is answered at once with 4xx:", () => {
  const depth = 10_000;
  const nested = (open: string, close: string, inner = "") =>
    open.repeat(depth) + inner + close.repeat(depth);
  const inVariables = (json: string) =>
    `{"query":${JSON.stringify(operations.login)},"variables":{"input":${json}}}`;
  const asQuery = (query: string) => JSON.stringify({ query });

  test.each([
    ["JSON", nested("[", "]")],
    ["a list in a variable", inVariables(nested("[", "]"))],
    ["an object in a variable", inVariables(nested('{"a":', "}", "1"))],
    ["a password", inVariables(`{"email":"a","password":${nested("[", "]")}}`)],
    ["extensions", `{"query":"{ __typename }","extensions":${nested("[", "]")}}`],
    ["selections", asQuery(nested("{a", "}"))],
    ["an argument's list", asQuery(`{ me(a: ${nested("[", "]")}) { id } }`)],
    ["an argument's object", asQuery(`{ me(a: ${nested("{a:", "}", "1")}) { id } }`)],
    ["a variable's type", asQuery(`query ($a: ${nested("[", "]", "Int")}) { __typename }`)],
    ["aliases", asQuery(`{ ${Array.from({ length: 9000 }, (_, i) => `a${i}:me{id}`).join(" ")} }`)],
    ["fields of one name", asQuery(`{ ${"me{id}".repeat(15_000)} }`)],
    ["directives", asQuery(`{ me ${"@a".repeat(30_000)} { id } }`)],
    ["a name", asQuery(`{ ${"a".repeat(99_000)} }`)],
    ["blanks", asQuery(" ".repeat(99_000))],
    [
      "fragments within fragments",
      asQuery(
        `{ ...f0 } ${Array.from({ length: 120 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(" ")} fragment f120 on Query { __typename }`,
      ),
    ],
    [
      "a circle of fragments",
      asQuery("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"),
    ],
  ])("%s", async (_name, payload) => {
    const begun = performance.now();
    const answer = await service.app.inject({
      method: "POST",
      url: "/graphql",
      payload,
      headers: { "content-type": "application/json" },
    });
    expect(performance.now() - begun).toBeLessThan(1000);
    expect([400, 413]).toContain(answer.statusCode);
    expect(answer.json().errors[0].extensions.code).toMatch(/^(?:BAD_|GRAPHQL_)/);
    expect(answer.body.length).toBeLessThan(200_000);
  });

  test("and an explorer's introspection is none of it", async () => {
    const { getIntrospectionQuery } = await import("graphql");
    const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true });
    const { status, errors } = await send(service.app, { query });
    expect([status, errors]).toEqual([200, []]);
  });
});

describe("who is slow is sent away with 408, and nobody else waits:", () => {
  test.each([
    ["with nothing at all", ""],
    ["in the request line", "POST /gra"],
    ["in the headers", "POST /graphql HTTP/1.1\r\nhost: x\r\nx-a: "],
    ["before the body", head(1000)],
    ["in the body", `${head(1000)}{`],
    ["between chunks", `${head("transfer-encoding: chunked")}1\r\n{\r\n`],
  ])("%s", async (_name, beginning) => {
    const sockets = await Promise.all(Array.from({ length: 25 }, () => openSocket(port)));
    const begun = performance.now();
    const answers = sockets.map(readToEnd);
    const drip = setInterval(() => {
      for (const socket of sockets) if (beginning !== "" && socket.writable) socket.write("1");
    }, 50);
    for (const socket of sockets) socket.write(beginning);
    expect(await honestRequest()).toBeLessThan(1000);
    for (const answer of await Promise.all(answers))
      expect(answer).toMatch(/^(?:HTTP\/1\.1 408 |$)/);
    clearInterval(drip);
    expect(performance.now() - begun).toBeLessThan(3000);
  });
});

test("a connection that waits too long for its next request is closed", async () => {
  const socket = await openSocket(port);
  const everything = readToEnd(socket);
  socket.write(health);
  expect(await everything).toMatch(/^HTTP\/1\.1 200 /);
});

test("an answer that nobody reads does not hold its connection for good", async () => {
  const socket = await openSocket(port);
  socket.on("error", () => undefined).pause();
  socket.write(health.replace("/health/live", "/large"));
  const connections = promisify(service.app.server.getConnections.bind(service.app.server));
  await sleep(200);
  expect(await connections()).toBeGreaterThanOrEqual(1);
  const deadline = performance.now() + 10_000;
  while ((await connections()) > 0 && performance.now() < deadline) await sleep(50);
  expect(await connections()).toBe(0);
  socket.destroy();
});

test("above the cap a connection is closed, and below it there is room again", async () => {
  const held = await Promise.all(
    Array.from({ length: impatient.connections }, () => openSocket(port)),
  );
  const oneMore = await openSocket(port);
  expect(await readToEnd(oneMore)).toBe("");
  for (const socket of held) socket.destroy();
  await sleep(50);
  await honestRequest();
});

test("the usual limits let honest clients work, and load balancers close first", () => {
  expect(serverLimits.keepAliveTimeout).toBeGreaterThan(60_000);
  expect(serverLimits.headersTimeout).toBeLessThan(serverLimits.requestTimeout);
  expect(service.app.server.maxConnections).toBe(impatient.connections);
});
