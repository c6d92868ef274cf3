import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { privateFolder } from "../../src/database/embedded/binaries.js";
import {
  answers,
  ask,
  end,
  eventually,
  nobody,
  nobodyCanRun,
  postmasterPid,
  startTenant,
  type Tenant,
} from "./processes.js";

/** Real processes, on a machine that may be busy. */
jest.setTimeout(60_000);

const root = userInfo().uid === 0;
const folders = new Set<string>();
let dataDir: string;
let running: Tenant;

async function start(as: object = {}, folder = dataDir): Promise<Tenant> {
  const tenant = await startTenant(folder, as);
  folders.add(tenant.folder);
  return tenant;
}

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "gatehouse-embedded-"));
  folders.add(dataDir);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("one folder, a story of many processes", () => {
  test("two first starts at once share one server", async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(second.url).toBe(first.url);
    expect(await ask(first.url, "SELECT current_user::text")).toBe("gatehouse");
    await ask(first.url, "CREATE TABLE kept AS SELECT 1 AS value");
    expect(await end(first, "SIGTERM")).toBe(0);
    running = second;
  });

  test("the first one out leaves the server to the other", async () => {
    expect(await answers(running.url)).toBe(true);
  });

  test("the last one out stops it", async () => {
    expect(await end(running, "SIGTERM")).toBe(0);
    expect(await answers(running.url)).toBe(false);
    expect(() => postmasterPid(running.folder)).toThrow("ENOENT");
  });

  test("a later start finds the same database", async () => {
    running = await start();
    expect(await ask(running.url, "SELECT value FROM kept")).toBe(1);
  });

  test("a start after a kill -9 of Node adopts the server that goes on", async () => {
    const pid = postmasterPid(running.folder);
    await end(running, "SIGKILL");
    running = await start();
    expect(postmasterPid(running.folder)).toBe(pid);
  });

  test("a start after a kill -9 of both recovers what was committed", async () => {
    await ask(running.url, "INSERT INTO kept VALUES (2)");
    await end(running, "SIGKILL");
    process.kill(postmasterPid(running.folder), "SIGKILL");
    running = await start();
    expect(await ask(running.url, "SELECT sum(value)::int FROM kept")).toBe(3);
  });

  test("a server that is killed under a living process comes back on the same port", async () => {
    process.kill(postmasterPid(running.folder), "SIGKILL");
    await eventually(async () => !(await answers(running.url)));
    await eventually(() => answers(running.url));
    expect(await ask(running.url, "SELECT sum(value)::int FROM kept")).toBe(3);
  });

  test("Ctrl-C reaches Node alone: the drain still has its database", async () => {
    const ended = new Promise((resolve) => running.process.once("exit", resolve));
    process.kill(-(running.process.pid as number), "SIGINT");
    expect(await ended).toBe(0);
    expect(await answers(running.url)).toBe(false);
  });
});

(root ? test : test.skip)("root is told where the files are, and who owns them", async () => {
  const tenant = await start();
  expect(tenant.notice).toContain(tenant.folder);
  expect(tenant.folder).toMatch(/^\/var\/lib\/gatehouse\/[0-9a-f]{16}$/);
  expect(readdirSync(dataDir)).toEqual([]);
  expect(statSync(join(tenant.folder, "pg18", "data")).uid).not.toBe(0);
  await end(tenant, "SIGTERM");
});

(nobodyCanRun() ? test : test.skip)(
  "an ordinary user starts it in a folder of any name",
  async () => {
    const odd = join(dataDir, `ünï "quoted" 'dir' $HOME \`id\` \\`);
    chmodSync(dataDir, 0o755);
    mkdirSync(odd);
    chownSync(odd, nobody.uid, nobody.gid);
    const tenant = await startTenant(odd, nobody);
    expect(tenant.notice).toBeUndefined();
    expect(existsSync(join(odd, "pg18", "data", "PG_VERSION"))).toBe(true);
    expect(await answers(tenant.url)).toBe(true);
    expect(await end(tenant, "SIGTERM")).toBe(0);
  },
);

test("PostgreSQL is kept under the home of its user, never under somebody else's", () => {
  const away = join(tmpdir(), `gatehouse-${userInfo().uid}`);
  const home = mkdtempSync(join(dataDir, "home-"));
  expect(privateFolder(home)).toBe(join(home, ".cache", "gatehouse"));
  expect(privateFolder(join(dataDir, "none"))).toBe(away);
  const foreign = root ? home : "/";
  if (root) chownSync(home, nobody.uid, nobody.gid);
  expect(privateFolder(foreign)).toBe(away);
});
