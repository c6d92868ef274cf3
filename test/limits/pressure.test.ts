import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import Fastify from "fastify";
import { answerInGraphqlForm } from "../../src/http/graphql-errors.js";
import { shedUnderPressure } from "../../src/http/pressure.js";

const listed = ["/graphql", "/health/live", "/health/ready", "/metrics"];

async function serverUnder(limits: { eventLoopDelay: number; heapShare: number }) {
  const app = Fastify();
  answerInGraphqlForm(app);
  await shedUnderPressure(app, limits);
  for (const url of listed) app.get(url, async () => ({ status: "ok" }));
  return app;
}

const statuses = async (app: Awaited<ReturnType<typeof serverUnder>>) =>
  Promise.all(listed.map(async (url) => (await app.inject({ url })).statusCode));

const block = (milliseconds: number) => {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
};

test("a late event loop sheds requests with OVERLOADED, and can still be looked at", async () => {
  const app = await serverUnder({ eventLoopDelay: 60, heapShare: 0 });
  await app.ready();
  for (const until = performance.now() + 1300; performance.now() < until; await sleep(1))
    block(150);
  expect(await statuses(app)).toEqual([503, 200, 200, 200]);
  const answer = await app.inject({ url: "/graphql" });
  expect(answer.headers["retry-after"]).toBe("1");
  expect(answer.json().errors[0].extensions).toEqual({ code: "OVERLOADED", retryAfter: 1 });
  await sleep(2200);
  expect(await statuses(app)).toEqual([200, 200, 200, 200]);
  await app.close();
});

test("a heap that is nearly full sheds requests too", async () => {
  const app = await serverUnder({ eventLoopDelay: 0, heapShare: 0.0001 });
  await sleep(1200);
  expect(await statuses(app)).toEqual([503, 200, 200, 200]);
  await app.close();
});

test("with both off, nothing is shed", async () => {
  const app = await serverUnder({ eventLoopDelay: 0, heapShare: 0 });
  block(1200);
  expect(await statuses(app)).toEqual([200, 200, 200, 200]);
  await app.close();
});
