import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { launch } from "./support/chromium.js";
import { findChromium } from "./support/find-chromium.mjs";
import { proof } from "./support/proofs.js";
import { Service } from "./support/service.js";

// Two builds and a start of npm's, beside other tests on two processors.
jest.setTimeout(180_000);

const chromium = findChromium();
let browser: Browser;
let service: Service;
let example: ChildProcess;
let url: string;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** The one command of its README, in a process group of its own. */
function startExample(port: number): ChildProcess {
  return spawn("npm", ["run", "example", "--", "--port", String(port), "--strictPort"], {
    cwd: join(import.meta.dirname, "../../.."),
    env: { ...process.env, NODE_OPTIONS: "", GATEHOUSE_URL: service.address },
    detached: true,
    stdio: "ignore",
  });
}

async function untilUp(): Promise<void> {
  const isUp = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  const deadline = Date.now() + 120_000;
  while (!(await isUp())) {
    if (Date.now() > deadline || example.exitCode !== null) throw new Error("no example");
    await new Promise((done) => setTimeout(done, 200));
  }
}

if (chromium) {
  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    service = new Service(url, 900);
    await service.start();
    example = startExample(port);
    browser = await launch(chromium);
    await untilUp();
  });
  afterAll(async () => {
    await browser?.close();
    if (example?.pid) process.kill(-example.pid, "SIGTERM");
    await service?.remove();
  });
}

proof("the example", () => {
  test("signs up, asks what needs a token, lists the devices and signs out; says so when it cannot", async () => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByRole("button", { name: "I have no account yet" }).click();
    await page.getByLabel("Email").fill("grace@example.com");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Sign up" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("password is too short");
    await page.getByLabel("Password").fill("correct horse battery staple");
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.getByRole("heading", { name: "Hello grace@example.com" }).waitFor();
    expect(await page.getByRole("listitem").textContent()).toContain("this one");
    await page.reload();
    await page.getByRole("heading", { name: "Hello grace@example.com" }).waitFor();
    const tablet = await (await browser.newContext()).newPage();
    await tablet.goto(url);
    await tablet.getByLabel("Email").fill("grace@example.com");
    await tablet.getByLabel("Password").fill("correct horse battery staple");
    await tablet.getByRole("button", { name: "Sign in" }).click();
    await tablet.getByRole("heading", { name: "Hello grace@example.com" }).waitFor();
    // Told, not asked: the list would look again after a minute.
    await page.getByRole("listitem").nth(1).waitFor({ timeout: 10_000 });
    await page.getByRole("button", { name: "Sign out all others" }).click();
    await tablet.getByRole("heading", { name: "Sign in" }).waitFor({ timeout: 10_000 });
    const signOut = page.getByRole("button", { name: "Sign out" }).first();
    await page.context().setOffline(true);
    await signOut.click();
    expect(await page.getByRole("alert").textContent()).toBe("The service cannot be reached.");
    await page.context().setOffline(false);
    await signOut.click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });
});
