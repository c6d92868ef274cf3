import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { run, send } from "../support/client.js";
import { newMember, newRetryKey, refreshTokenOf } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const read = async () => (await service.app.inject("/metrics")).body;

async function value(series: string): Promise<number | undefined> {
  const line = (await read()).split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

const operations = (operation: string, outcome: string) =>
  value(`gatehouse_operations_total{operation="${operation}",outcome="${outcome}"}`);

const rotations = (decision: string) => value(`gatehouse_rotations_total{decision="${decision}"}`);

test("docs/operations.md names every measure of ours, and no other", async () => {
  const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const table = page.split("\n").filter((line) => line.startsWith("| `gatehouse_"));
  const named = table.flatMap((line) => line.split(" | ")[0]?.match(/gatehouse_\w+/g) ?? []);
  const measured = (await read()).matchAll(/^# TYPE (gatehouse_\w+)/gm);
  expect(named.toSorted()).toEqual([...measured].map(([, name]) => name).toSorted());
});

test("what an alarm looks at is there before it first happens: a series that begins with 1 has not risen", async () => {
  const quiet = await startTestApp();
  const { body } = await quiet.app.inject("/metrics");
  await quiet.close();
  for (const series of [
    'gatehouse_rotations_total{decision="reuse"}',
    'gatehouse_rotations_total{decision="jump"}',
    'gatehouse_mails_total{outcome="given_up"}',
    'gatehouse_rate_limited_total{limit="LIMIT_PASSWORD_ACCOUNT"}',
    'gatehouse_session_events_total{kind="SESSION_ENDED"}',
    'gatehouse_operations_total{operation="login",outcome="OVERLOADED"}',
    'gatehouse_operations_total{operation="refreshToken",outcome="INTERNAL_SERVER_ERROR"}',
  ])
    expect(body.split("\n")).toContain(`${series} 0`);
});

describe("what is counted", () => {
  test("every root field by its name, whatever its alias, and by its outcome", async () => {
    const { signedIn } = await newMember(service.app);
    await send(service.app, { query: "{ a: me { id } b: mySessions { id } }" }, signedIn);
    await send(service.app, { query: "{ a: me { id } b: mySessions { id } }" });
    await send(service.app, { query: "{ nonsense }" });
    await send(service.app, { query: "{ __typename }" });
    expect(await operations("register", "ok")).toBe(1);
    expect(await operations("me", "ok")).toBe(2);
    expect(await operations("mySessions", "ok")).toBe(1);
    expect(await operations("mySessions", "UNAUTHENTICATED")).toBe(1);
    expect(await operations("document", "GRAPHQL_VALIDATION_FAILED")).toBe(1);
    expect(await operations("other", "ok")).toBe(1);
  });

  test("nothing that a client has named becomes a label", async () => {
    const sent = "somethingThatAClientNamed";
    await send(service.app, {
      query: `query ${sent} { ${sent}: me { id } }`,
      operationName: sent,
    });
    await send(service.app, { query: `{ ${sent} }` });
    expect(await read()).not.toContain(sent);
  });

  test("rotations by what was decided, replays in the tab window apart", async () => {
    const { auth } = await newMember(service.app);
    const refreshToken = refreshTokenOf(auth);
    for (let i = 0; i < 3; i++) await run(service.app, "refreshToken", { refreshToken });
    const other = refreshTokenOf((await newMember(service.app)).auth);
    const variables = { refreshToken: other, retryKey: newRetryKey() };
    for (let i = 0; i < 2; i++) await run(service.app, "refreshToken", variables);
    await run(service.app, "refreshToken", { refreshToken: other });
    expect(await rotations("rotate")).toBe(2);
    expect(await rotations("replay-by-tab-window")).toBe(2);
    expect(await rotations("replay-by-retry-key")).toBe(1);
    expect(await rotations("late")).toBe(1);
  });

  test("the pool, the hashes, the feed and the process say how they are", async () => {
    expect(await value("gatehouse_pool_connections")).toBeGreaterThan(0);
    expect(await value("gatehouse_pool_waiting")).toBe(0);
    expect(await value("gatehouse_hash_queued")).toBe(0);
    expect(await value("gatehouse_feed_hearing")).toBe(1);
    expect(await value("gatehouse_feed_lag_seconds")).toBeLessThan(1);
    expect(await value("gatehouse_ended_sessions")).toBe(0);
    expect(await value("process_resident_memory_bytes")).toBeGreaterThan(1e7);
  });
});

describe("who may look", () => {
  const look = (headers: Record<string, string> = {}, remoteAddress = "127.0.0.1") =>
    service.app.inject({ url: "/metrics", headers, remoteAddress });

  test("without METRICS_TOKEN this machine alone", async () => {
    for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"])
      expect((await look({}, address)).statusCode).toBe(200);
    for (const address of ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"])
      expect((await look({}, address)).statusCode).toBe(404);
  });

  test("not whoever comes through a proxy on this machine", async () => {
    for (const name of ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
      expect((await look({ [name]: "127.0.0.1" })).statusCode).toBe(404);
  });

  test("with METRICS_TOKEN whoever has it, from anywhere, and nobody else", async () => {
    const token = "a-token-for-the-metrics";
    const other = await startTestApp({ METRICS_TOKEN: token });
    const status = async (authorization?: string, remoteAddress = "192.0.2.1") => {
      const headers = authorization === undefined ? {} : { authorization };
      return (await other.app.inject({ url: "/metrics", headers, remoteAddress })).statusCode;
    };
    for (const scheme of ["Bearer", "bearer", "BEARER"])
      expect(await status(`${scheme} ${token}`)).toBe(200);
    for (const wrong of [undefined, "", `Bearer ${token}x`, "Bearer ", token, "Bearer wrong"])
      expect([wrong, await status(wrong), await status(wrong, "127.0.0.1")]).toEqual([
        wrong,
        404,
        404,
      ]);
    await other.close();
  });
});
