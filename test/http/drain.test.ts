import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { deferred } from "../../src/deferred.js";
import { startTestApp } from "../support/app.js";
import { newMember } from "../support/personas.js";
import { listen, openSocket, readToEnd } from "../support/raw-http.js";
import { until } from "../support/until.js";

const frontend = "https://app.example.com";
const drainGrace = 300;

const get = (path: string) =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\norigin: ${frontend}\r\napollo-require-preflight: 1\r\n\r\n`;

/** A service that listens, and answers `/slow` when it is told to. */
async function startDraining() {
  const service = await startTestApp({ CORS_ORIGINS: frontend }, undefined, { drainGrace });
  const told = deferred();
  service.app.get("/slow", async () => {
    await told.promise;
    return { answered: true };
  });
  return { ...service, ...(await listen(service.app)), answer: told.resolve };
}

test("while it drains, what was begun is answered and every connection ends with its answer", async () => {
  const { port, close, answer } = await startDraining();
  const socket = await openSocket(port);
  const everything = readToEnd(socket);
  socket.write(get("/slow"));
  await sleep(50);
  const closing = close();
  await sleep(drainGrace + 100);
  answer();
  const text = await everything;
  expect(text).toMatch(
    /^HTTP\/1\.1 200 [\s\S]*\r\nconnection: close\r\n[\s\S]*\{"answered":true\}$/i,
  );
  await closing;
});

test("who asks on an open connection is told to come again, in words that a page may read", async () => {
  const { app, port, close } = await startDraining();
  const socket = await openSocket(port);
  const everything = readToEnd(socket);
  const closing = close();
  await until(() => !app.server.listening);
  socket.write(get("/graphql?query=%7B__typename%7D"));
  const text = await everything;
  expect(text).toMatch(/^HTTP\/1\.1 503 /);
  for (const header of [
    "retry-after: 1",
    "connection: close",
    `access-control-allow-origin: ${frontend}`,
    "cache-control: no-store",
  ])
    expect(text.toLowerCase()).toContain(`\r\n${header}\r\n`);
  expect(JSON.parse(text.split("\r\n\r\n")[1] as string).errors[0].extensions).toEqual({
    code: "OVERLOADED",
    retryAfter: 1,
  });
  await closing;
});

test.each([
  ["/health/live", 200],
  ["/health/ready", 503],
])("%s says %d meanwhile", async (path, status) => {
  const { app, port, close } = await startDraining();
  const socket = await openSocket(port);
  const everything = readToEnd(socket);
  const closing = close();
  await until(() => !app.server.listening);
  socket.write(get(path));
  expect(await everything).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  await closing;
});

test("who connects then is refused at once", async () => {
  const { app, port, close } = await startDraining();
  const idle = await openSocket(port);
  const closing = close();
  await until(() => !app.server.listening);
  await expect(openSocket(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  idle.destroy();
  await closing;
});

test("nobody who says nothing, or speaks slowly, holds it up", async () => {
  const { port, close } = await startDraining();
  const beginnings = [
    "",
    "GET /hea",
    `${get("/health/live")}GET /`,
    "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
  ];
  for (const beginning of beginnings) {
    const socket = await openSocket(port);
    socket.on("error", () => undefined);
    socket.write(beginning);
  }
  await sleep(50);
  const begun = performance.now();
  await close();
  expect(performance.now() - begun).toBeLessThan(drainGrace + 2000);
});

test("what is free to go goes at once", async () => {
  const { app, close } = await startTestApp({}, undefined, { drainGrace: 20_000 });
  await listen(app);
  await newMember(app);
  const begun = performance.now();
  await close();
  expect(performance.now() - begun).toBeLessThan(10_000);
});
