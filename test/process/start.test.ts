import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { testSettings } from "../support/app.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { recordSecret } from "../support/issued-secrets.js";
import { freePort, type Spawned, spawnMain } from "../support/spawned.js";

const run = promisify(execFile);

let database: TestDatabase;
/** Of one service: whoever starts it again on its database has its secrets. */
let settings: Record<string, string>;
beforeAll(async () => {
  database = await createTestDatabase();
  settings = testSettings({ DATABASE_URL: database.url, BCRYPT_COST: "10" });
});
afterAll(() => database.close());

describe("a development start", () => {
  let service: Spawned;
  let url: string;
  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    service = spawnMain({
      ...settings,
      NODE_ENV: "development",
      PORT: String(port),
    });
    await service.said(/The first sign-in:\n\n[\s\S]*\n\n/);
  }, 30_000);
  afterAll(async () => {
    service.process.kill("SIGTERM");
    expect(await service.exited).toBe(0);
  });

  test("prints every address, and each of them answers", async () => {
    const printed = service.stdout().match(/https?:\/\/localhost\S*/g) ?? [];
    const paths = new Set(printed.map((address) => new URL(address).pathname));
    expect(paths).toEqual(
      new Set([
        "/graphql",
        "/dev/mailbox",
        "/.well-known/jwks.json",
        "/health/live",
        "/health/ready",
        "/metrics",
      ]),
    );
    for (const path of paths) {
      const answer = await fetch(url + path, { headers: { accept: "text/html, */*;q=0.9" } });
      expect([path, answer.status]).toEqual([path, 200]);
    }
  });

  test("prints a command that makes the first sign-in, verbatim", async () => {
    const [, command = ""] = /\n\n(curl [\s\S]*?\n)\n/.exec(service.stdout()) ?? [];
    const { stdout } = await run("sh", ["-c", command]);
    const { auth } = JSON.parse(stdout).data.register;
    expect(auth.user.email).toBe("grace@example.com");
    for (const token of [auth.accessToken, auth.refreshToken]) recordSecret(token);
  });

  test("warns of nothing, and says nothing on the error stream", () => {
    expect(service.stderr()).toBe("");
    expect(service.stdout()).not.toMatch(/warn|deprecat/i);
  });
});

const production = {
  NODE_ENV: "production",
  PUBLIC_URL: "https://auth.example.com",
  EMAIL_VERIFICATION: "off",
};

test("a production start prints its log alone: one line of JSON an event, no page, no names", async () => {
  const port = await freePort();
  const service = spawnMain({
    ...settings,
    ...production,
    PORT: String(port),
  });
  await service.said(/listening at/);
  const url = `http://127.0.0.1:${port}`;
  expect((await fetch(`${url}/graphql`, { headers: { accept: "text/html" } })).status).toBe(400);
  expect((await fetch(`${url}/dev/mailbox`)).status).toBe(404);
  service.process.kill("SIGTERM");
  expect(await service.exited).toBe(0);
  expect(service.stderr()).toBe("");
  for (const line of service.stdout().trim().split("\n"))
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number), msg: expect.any(String) });
}, 30_000);

describe("what cannot start ends at once and says why, in words and without values:", () => {
  async function startFor(changes: Record<string, string>) {
    const service = spawnMain({ ...settings, ...production, PORT: "0", ...changes });
    const begun = performance.now();
    expect(await service.exited).toBe(1);
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(service.stdout()).toBe("");
    return service.stderr();
  }

  test("everything that is bad, and all of it", async () => {
    const said = await startFor({
      AUTH_SECRET: "hunter2hunter2hunter2",
      PASSWORD_PEPPER: "",
      PUBLIC_URL: "http://auth.example.com",
      DATABASE_URL: "hunter2",
      BCRYPT_COST: "4",
      CORS_ORIGINS: "*",
      TRUST_PROXY: "true",
    });
    expect(said).not.toContain("hunter2");
    const [first, ...faults] = said.trimEnd().split("\n");
    expect(first).toBe("Gatehouse cannot start:");
    expect(faults.map((fault) => /^ {2}- ([A-Z_]+) /.exec(fault)?.[1]).sort()).toEqual([
      "AUTH_SECRET",
      "BCRYPT_COST",
      "CORS_ORIGINS",
      "DATABASE_URL",
      "PASSWORD_PEPPER",
      "PUBLIC_URL",
      "TRUST_PROXY",
    ]);
  }, 30_000);

  test("a database that is not there", async () => {
    const said = await startFor({ DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/x" });
    expect(said).toMatch(/^PostgreSQL at [^\n]+ cannot be reached: [^\n]*\n$/);
    expect(said).not.toContain("hunter2");
  }, 30_000);

  test("a port that another program has, and nothing else is said on the way", async () => {
    const other = createServer().listen(await freePort(), "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const said = await startFor({ PORT: String(port), LOG_LEVEL: "warn" });
    other.close();
    expect(said).toBe(
      `Gatehouse cannot listen on 127.0.0.1 port ${port}: something listens there already; take another, such as PORT=${port + 1}.\n`,
    );
  }, 30_000);
});
