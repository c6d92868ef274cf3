import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import {
  connectionsPerUser,
  streamsPerConnection,
} from "../../src/session-events/session-events.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run, send } from "../support/client.js";
import { newMember, refreshTokenOf, signInAgain } from "../support/personas.js";
import { listen, talk } from "../support/raw-http.js";
import {
  closeSockets,
  connectSocket,
  listenTo,
  openSocket,
  sessionEvents,
} from "../support/socket.js";
import { until } from "../support/until.js";

const ours = "https://auth.example.com";
const frontend = "https://app.example.com";
const limits = { socketInit: 1000, socketMessages: 60, sockets: 40 };

let service: TestApp;
let port: number;
/** Somebody who may listen. */
let accessToken: string;
beforeAll(async () => {
  service = await startTestApp({ PUBLIC_URL: ours, CORS_ORIGINS: frontend }, undefined, limits);
  ({ port } = await listen(service.app));
  ({ accessToken } = (await newMember(service.app)).auth);
});
afterEach(async () => {
  closeSockets();
  await until(async () => (await metric("gatehouse_sockets")) === 0);
});
afterAll(() => service.close());

const metric = async (name: string) =>
  Number(
    new RegExp(`^${name} (\\S+)$`, "m").exec((await service.app.inject("/metrics")).body)?.[1],
  );

const upgrade = (path: string, headers: Record<string, string | undefined> = {}) => {
  const all: Record<string, string | undefined> = {
    host: "x",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "graphql-transport-ws",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${[`GET ${path} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`;
};

describe("who is refused at the door is told so by HTTP, as everybody is:", () => {
  const refused: [string, number, string, string][] = [
    [
      "another subprotocol",
      400,
      "BAD_REQUEST",
      upgrade("/graphql", { "sec-websocket-protocol": "graphql-ws" }),
    ],
    [
      "no subprotocol",
      400,
      "BAD_REQUEST",
      upgrade("/graphql", { "sec-websocket-protocol": undefined }),
    ],
    ["a foreign page", 403, "FORBIDDEN", upgrade("/graphql", { origin: "https://evil.example" })],
    ["nobody's page", 403, "FORBIDDEN", upgrade("/graphql", { origin: "null" })],
    [
      "a foreign page that hides",
      403,
      "FORBIDDEN",
      upgrade("/graphql", { "sec-fetch-site": "cross-site" }),
    ],
    ["a key that is none", 400, "BAD_REQUEST", upgrade("/graphql", { "sec-websocket-key": "x" })],
    ["another version", 400, "BAD_REQUEST", upgrade("/graphql", { "sec-websocket-version": "7" })],
    ["another address", 404, "NOT_FOUND", upgrade("/other", { connection: "Upgrade, close" })],
  ];
  test.each(refused)("%s: %d %s", async (_name, status, code, bytes) => {
    const answer = await talk(port, bytes);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).errors).toEqual([
      { message: expect.any(String), extensions: { code } },
    ]);
    expect(answer.headers).toMatchObject({
      "cache-control": "no-store",
      "content-type": "application/json; charset=utf-8",
      "strict-transport-security": expect.any(String),
      "x-content-type-options": "nosniff",
      "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("one more than there may be: 503, to come again", async () => {
    // All before the first of them has said nothing for too long.
    await Promise.all(Array.from({ length: limits.sockets }, () => openSocket(port)));
    const answer = await talk(port, upgrade("/graphql"));
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
    expect(JSON.parse(answer.body).errors[0].extensions.code).toBe("OVERLOADED");
  });
});

describe("who is let in:", () => {
  test.each([
    ["no browser", {}],
    ["our own page", { origin: ours }],
    ["a page of CORS_ORIGINS", { origin: frontend }],
  ])("%s", async (_name, headers) => {
    const socket = await connectSocket(port, accessToken, { headers });
    expect(socket.messages).toEqual([{ type: "connection_ack" }]);
  });

  test("a request that offers another protocol is answered as if it did not", async () => {
    const body = '{"query":"{ __typename }"}';
    const answer = await talk(
      port,
      [
        "POST /graphql HTTP/1.1",
        "host: x",
        "connection: Upgrade, HTTP2-Settings, close",
        "upgrade: h2c",
        "http2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
        "content-type: application/json",
        `content-length: ${body.length}`,
        "",
        body,
      ].join("\r\n"),
    );
    expect([answer.status, JSON.parse(answer.body).data]).toEqual([200, { __typename: "Query" }]);
  });
});

describe("a request that cannot become a socket is answered as any other:", () => {
  const body = '{"query":"{ __typename }"}';
  const post = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

  test.each([
    ["and the answer before it goes out first", { origin: ours }],
    ["also a foreign page's", { origin: "https://evil.example" }],
  ])("behind one that is not answered yet, %s", async (_name, headers) => {
    const { openSocket: connect, readToEnd } = await import("../support/raw-http.js");
    const socket = await connect(port);
    const everything = readToEnd(socket);
    socket.write(post + upgrade("/graphql", { connection: "Upgrade, close", ...headers }));
    const answers = (await everything).split(/(?=HTTP\/1\.1 )/);
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(["200", "400"]);
    expect(answers[0]).toContain('{"data":{"__typename":"Query"}}');
  });

  test("an upgrade asked for by HTTP/1.0, which knows none, is answered by HTTP", async () => {
    const answer = await talk(port, upgrade("/graphql").replace("HTTP/1.1", "HTTP/1.0"));
    expect(answer.status).toBe(400);
  });
});

describe("who does not say who they are, in words that count, is sent away:", () => {
  const missing = { code: 4401, reason: "UNAUTHENTICATED: MISSING" };
  const refusedFor = (reason: string) => ({ code: 4403, reason: `UNAUTHENTICATED: ${reason}` });

  test("no token", async () => {
    expect(await (await connectSocket(port, undefined)).closed).toEqual(missing);
  });

  test("the cookie alone, or a header of the handshake", async () => {
    const { cookies } = await run(
      service.app,
      "register",
      {
        input: {
          email: "cookie@example.com",
          password: "correct horse battery",
          transport: "COOKIE",
        },
      },
      {},
    );
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const headers = { origin: ours, cookie, authorization: `Bearer ${accessToken}` };
    expect(await (await connectSocket(port, undefined, { headers })).closed).toEqual(missing);
  });

  test.each([
    ["rubbish", "rubbish", "INVALID"],
    ["an empty one", "", "INVALID"],
  ])("%s", async (_name, token, reason) => {
    expect(await (await connectSocket(port, token)).closed).toEqual(refusedFor(reason));
  });

  test.each([[42], [{ a: 1 }], [["Bearer x"]]])("what is no text: %j", async (authorization) => {
    const socket = await openSocket(port);
    socket.send({ type: "connection_init", payload: { authorization } });
    expect(await socket.closed).toEqual(missing);
  });

  test("a refresh token, a token of a session that is over, an expired one", async () => {
    const member = await newMember(service.app);
    const other = await signInAgain(service.app, member);
    expect(await (await connectSocket(port, refreshTokenOf(other))).closed).toEqual(
      refusedFor("INVALID"),
    );
    await run(service.app, "logout", {}, bearer(other.accessToken));
    expect(await (await connectSocket(port, other.accessToken)).closed).toEqual(
      refusedFor("SESSION_ENDED"),
    );
    service.clock.advance(16 * 60);
    const late = await connectSocket(port, member.auth.accessToken);
    service.clock.advance(-16 * 60);
    expect(await late.closed).toEqual(refusedFor("EXPIRED"));
  });

  test("who says nothing in time", async () => {
    const begun = performance.now();
    expect((await (await openSocket(port)).closed).code).toBe(4408);
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  test("who subscribes first", async () => {
    const socket = await openSocket(port);
    socket.subscribe();
    expect((await socket.closed).code).toBe(4401);
  });

  test("who says it twice", async () => {
    const socket = await connectSocket(port, accessToken);
    socket.send({ type: "connection_init" });
    expect((await socket.closed).code).toBe(4429);
  });
});

describe("there are bounds:", () => {
  test("a message that is too large closes the socket", async () => {
    const socket = await connectSocket(port, accessToken);
    socket.socket.send("x".repeat(16_385));
    expect((await socket.closed).code).toBe(1009);
  });

  test("what is no message closes it", async () => {
    const socket = await connectSocket(port, accessToken);
    socket.socket.send("hello");
    expect((await socket.closed).code).toBe(4400);
  });

  test("too many messages close it", async () => {
    const socket = await connectSocket(port, accessToken);
    for (let i = 0; i < limits.socketMessages * 2; i++) socket.send({ type: "ping" });
    expect(await socket.closed).toEqual({ code: 4429, reason: "Too many messages" });
  });

  test("they count frames that are no messages too", async () => {
    for (const frame of ["ping", "pong"] as const) {
      const socket = await connectSocket(port, accessToken);
      for (let i = 0; i < limits.socketMessages * 2; i++) socket.socket[frame]();
      expect(await socket.closed).toEqual({ code: 4429, reason: "Too many messages" });
    }
  });

  test("whoever goes on is not read any more, and cut off", async () => {
    const socket = await connectSocket(port, accessToken);
    const flood = () => {
      for (let i = 0; i < 5_000; i++) socket.send({ type: "ping" });
    };
    const begun = performance.now();
    const timer = setInterval(flood, 50);
    flood();
    await until(async () => (await metric("gatehouse_sockets")) === 0);
    clearInterval(timer);
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(socket.messages.length).toBeLessThanOrEqual(limits.socketMessages);
  });

  test("what only a server says closes it, and is no fault of ours", async () => {
    for (const message of [{ type: "connection_ack" }, { type: "next", id: "1", payload: {} }]) {
      const socket = await openSocket(port);
      socket.send(message);
      expect(await socket.closed).toEqual({ code: 4400, reason: "Invalid message received" });
    }
    expect(service.logLines.filter(({ event }) => event === "unexpected_error")).toEqual([]);
  });

  test("an id twice closes it, however long it is", async () => {
    const socket = await connectSocket(port, accessToken);
    for (let i = 0; i < 2; i++) socket.subscribe(sessionEvents, "é".repeat(100));
    expect(await socket.closed).toEqual({ code: 4409, reason: "" });
    expect(service.logLines.filter(({ event }) => event === "unexpected_error")).toEqual([]);
  });

  test("a socket that gives no sign of life is closed, one that does is not", async () => {
    const pinging = await startTestApp({}, undefined, { socketPing: 700 });
    const there = await listen(pinging.app);
    const { auth } = await newMember(pinging.app);
    const silent = await connectSocket(there.port, auth.accessToken);
    const lively = await connectSocket(there.port, auth.accessToken);
    silent.socket.pause();
    const has = async (count: number) =>
      (await pinging.app.inject("/metrics")).body.includes(`gatehouse_sockets ${count}\n`);
    await until(() => has(1));
    await sleep(800);
    expect([await has(1), lively.isOpen()]).toEqual([true, true]);
    await pinging.close();
  });

  test(`a user has at most ${connectionsPerUser} connections; one that goes makes room`, async () => {
    const { auth } = await newMember(service.app);
    const all = [];
    for (let i = 0; i < connectionsPerUser; i++) all.push(await listenTo(port, auth.accessToken));
    const refused = await connectSocket(port, auth.accessToken);
    expect(await refused.closed).toEqual({ code: 1013, reason: "RATE_LIMITED" });
    expect((await connectSocket(port, accessToken)).isOpen()).toBe(true);
    all[0]?.socket.close();
    await all[0]?.closed;
    const next = await connectSocket(port, auth.accessToken);
    expect(next.messages).toEqual([{ type: "connection_ack" }]);
  });

  test(`a connection has at most ${streamsPerConnection} streams`, async () => {
    const socket = await connectSocket(port, accessToken);
    for (let i = 0; i <= streamsPerConnection; i++) socket.subscribe(sessionEvents, `${i}`);
    const { id, payload } = await socket.message("next");
    expect(id).toBe(`${streamsPerConnection}`);
    expect(payload.errors[0].extensions).toEqual({ code: "RATE_LIMITED", retryAfter: 60 });
    expect(await metric("gatehouse_event_streams")).toBe(streamsPerConnection);
  });

  test("who does not read what they are told is cut off, and holds up nobody", async () => {
    const member = await newMember(service.app);
    const socket = await connectSocket(port, member.auth.accessToken);
    const much = Array.from({ length: 15 }, (_, i) => `a${i}: userAgent`).join(" ");
    const query = `subscription { sessionEvents { session { ${much} } } }`;
    for (let i = 0; i < streamsPerConnection; i++) socket.subscribe(query, `${i}`);
    const other = await listenTo(port, member.auth.accessToken);
    await until(async () => (await metric("gatehouse_event_streams")) === streamsPerConnection + 1);
    socket.socket.pause();
    const insert = `INSERT INTO sessions (id, user_id, transport, device, user_agent, created_at, last_used_at, expires_at, absolute_expires_at)
      SELECT gen_random_uuid(), $1, 'BODY', 'many', repeat('x', 512), t, t, t + interval '1 day', t + interval '1 day'
      FROM generate_series(1, 100), (SELECT now() AS t) now`;
    let rounds = 0;
    while ((await metric("gatehouse_event_streams")) > 1) {
      await service.pool.query(insert, [member.auth.user.id]);
      rounds += 1;
      await until(() => other.events().length === 100 * rounds, 10_000);
      expect(rounds).toBeLessThan(20);
    }
    expect(other.isOpen()).toBe(true);
    socket.socket.resume();
    expect((await socket.closed).code).toBe(1006);
  });
});

describe("what a document may be:", () => {
  const answer = async (query: string, more: object = {}) => {
    const socket = await connectSocket(port, accessToken);
    socket.subscribe(query, "1", more);
    await until(() => socket.messages.length > 1);
    const [, { type, payload }] = socket.messages;
    return { type, errors: payload, code: payload[0]?.extensions.code };
  };

  test.each([
    ["a query", "{ me { id } }"],
    ["a mutation", "mutation { logout }"],
    ["introspection", "{ __schema { types { name } } }"],
  ])("%s is refused, with the way to go", async (_name, query) => {
    expect(await answer(query)).toMatchObject({
      type: "error",
      code: "BAD_REQUEST",
      errors: [
        { message: "A socket takes subscriptions alone: send queries and mutations by POST." },
      ],
    });
  });

  const kinds = Array.from({ length: 16 }, (_, i) => `a${i}: kind`).join(" ");
  test.each([
    ["that does not parse", "subscription {", {}, "GRAPHQL_PARSE_FAILED"],
    [
      "of too many tokens",
      `subscription { sessionEvents { ${"kind ".repeat(1000)} } }`,
      {},
      "GRAPHQL_PARSE_FAILED",
    ],
    [
      "with unknown fields",
      "subscription { sessionEvents { nothing } }",
      {},
      "GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "with two fields at the top",
      "subscription { a: sessionEvents { kind } b: sessionEvents { kind } }",
      {},
      "GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "whose field stands under a condition",
      "subscription { sessionEvents @skip(if: true) { kind } }",
      {},
      "GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "whose fragments do, in a circle",
      "subscription { ...A } fragment A on Subscription { ... { ...B } } fragment B on Subscription { ...A ... @include(if: false) { sessionEvents { kind } } }",
      {},
      "GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "of too many aliases",
      `subscription { sessionEvents { ${kinds} } }`,
      {},
      "GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "with no such operation",
      sessionEvents,
      { operationName: "Other" },
      "OPERATION_RESOLUTION_FAILURE",
    ],
    [
      "with a variable of the wrong type",
      "subscription ($on: Boolean!) { sessionEvents { kind @include(if: $on) } }",
      { variables: { on: "a secret that was typed" } },
      "BAD_USER_INPUT",
    ],
  ])("one %s is refused as by POST: its limits hold here too", async (_name, query, more, code) => {
    const refused = await answer(query, more);
    expect(refused).toMatchObject({ type: "error", code });
    expect(JSON.stringify(refused)).not.toContain("secret");
  });

  test("a refusal is counted, and the socket goes on", async () => {
    const socket = await connectSocket(port, accessToken);
    socket.subscribe("{ me { id } }", "1");
    await socket.message("error");
    socket.subscribe(sessionEvents, "2");
    await until(async () => (await metric("gatehouse_event_streams")) === 1);
    const { body } = await service.app.inject("/metrics");
    expect(body).toContain(
      'gatehouse_operations_total{operation="document",outcome="BAD_REQUEST"}',
    );
    expect(body).toContain('gatehouse_operations_total{operation="sessionEvents",outcome="ok"}');
  });

  test("by POST a subscription is refused: 400, with the way to go", async () => {
    const refused = await send(service.app, { query: sessionEvents }, bearer(accessToken));
    expect([refused.status, refused.code, refused.data]).toEqual([400, "BAD_REQUEST", undefined]);
    expect(refused.errors[0]?.message).toMatch(/WebSocket/);
  });
});

describe("production", () => {
  test("gives away no more of the schema over a socket than by POST", async () => {
    const strict = await startTestApp({
      NODE_ENV: "production",
      BCRYPT_COST: "10",
      PUBLIC_URL: ours,
      DATABASE_URL: "postgres://unused",
      EMAIL_VERIFICATION: "off",
    });
    const there = await listen(strict.app);
    const { auth } = await newMember(strict.app);
    const socket = await connectSocket(there.port, auth.accessToken);
    socket.subscribe("subscription { sessionEvents { kin } }", "1");
    const { payload } = await socket.message("error");
    expect(payload[0].message).toBe('Cannot query field "kin" on type "SessionEvent".');
    socket.messages.length = 0;
    socket.subscribe(
      "subscription { sessionEvents { kind } } query Q { __schema { types { name } } }",
      "2",
      { operationName: "Q" },
    );
    const second = await socket.message("error");
    expect(second.payload[0].extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    await strict.close();
  });
});

describe("while it drains", () => {
  test("every socket is sent elsewhere at once, and none holds it up", async () => {
    const { app, close } = await startTestApp({}, undefined, { drainGrace: 1_000 });
    const there = await listen(app);
    const member = await newMember(app);
    const ear = await listenTo(there.port, member.auth.accessToken);
    const mute = await openSocket(there.port);
    const stuck = await listenTo(there.port, member.auth.accessToken);
    stuck.socket.pause();
    const begun = performance.now();
    const closing = close();
    expect(await ear.closed).toEqual({ code: 1001, reason: "Going away" });
    expect((await mute.closed).code).toBe(1001);
    expect(ear.messages.filter(({ type }) => type === "complete")).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(900);
    await closing;
    expect(performance.now() - begun).toBeLessThan(4000);
  });

  test("nobody opens one on a connection that is still open", async () => {
    const { app, close } = await startTestApp({}, undefined, { drainGrace: 600 });
    const there = await listen(app);
    const { openSocket: connect, readToEnd } = await import("../support/raw-http.js");
    const socket = await connect(there.port);
    const everything = readToEnd(socket);
    const closing = close();
    await until(() => !app.server.listening);
    socket.write(upgrade("/graphql"));
    expect(await everything).toMatch(/^HTTP\/1\.1 503 /);
    await closing;
  });
});
