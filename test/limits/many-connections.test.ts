import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { askUrl } from "../support/ask.js";
import { newMember } from "../support/personas.js";
import { listen, openSocket } from "../support/raw-http.js";
import { times } from "../support/scale.js";

let service: TestApp;
let address: { port: number; url: string };
const sockets: Socket[] = [];
beforeAll(async () => {
  service = await startTestApp();
  address = await listen(service.app);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await service.close();
});

const idle = times(1_000, 5_000);
const batch = 250;

test("thousands of connections that say nothing are in nobody's way", async () => {
  const { email, password } = await newMember(service.app);
  const before = process.memoryUsage().rss;
  while (sockets.length < idle)
    sockets.push(
      ...(await Promise.all(Array.from({ length: batch }, () => openSocket(address.port)))),
    );
  for (const socket of sockets) socket.on("error", () => undefined);
  const { outcome } = await askUrl(address.url)("login", { input: { email, password } });
  expect(outcome).toBe("ok");
  // Both ends of each are in this process.
  expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
});
