import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "../../src/database/embedded/index.js";
import { identityOf } from "../../src/process-identity.mjs";
import { ask, postmasterPid } from "./processes.js";

/** Real processes, on a machine that may be busy. */
jest.setTimeout(60_000);

const settings = { fsync: "off" };
let dataDir: string;
let database: EmbeddedDatabase;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "gatehouse-embedded-"));
  database = await startEmbeddedDatabase({ dataDir, settings });
});
afterAll(async () => {
  await database.stop();
  for (const folder of [database.folder, dataDir]) rmSync(folder, { recursive: true, force: true });
});

const start = (options = {}) => startEmbeddedDatabase({ dataDir, settings, ...options });
const inFolder = (...names: string[]) => join(database.folder, ...names);
const withPassword = (password: string) => Object.assign(new URL(database.url), { password }).href;

async function stopAll(): Promise<void> {
  await database.stop();
  expect(existsSync(inFolder("pg18", "data", "postmaster.pid"))).toBe(false);
}

test("every connection shows a password", async () => {
  for (const password of ["", "guess", "postgres"])
    await expect(ask(withPassword(password), "SELECT 1")).rejects.toThrow(/password/);
});

test("the passwords and the data are the owner's alone", () => {
  const mode = (...names: string[]) => statSync(inFolder(...names)).mode & 0o777;
  expect(mode("pg18", "credentials.json")).toBe(0o600);
  expect(mode("pg18", "data")).toBe(0o700);
  expect(mode("database.log")).toBe(0o600);
});

test("the service's role owns its database and nothing else", async () => {
  const rights =
    "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = user";
  expect(await ask(database.url, rights)).toBe(false);
  await expect(ask(database.url, "COPY (SELECT 1) TO PROGRAM 'id'")).rejects.toThrow(/permission/);
});

test("no other machine can reach the port, which is none of the ephemeral ones", async () => {
  const port = Number(new URL(database.url).port);
  expect(port).toBeLessThan(32_768);
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal);
  const reached = await new Promise((resolve) => {
    const socket = connect(port, outside?.address ?? "127.0.0.2");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("close", () => undefined);
  });
  expect(reached).toBe(false);
});

test("stopping twice is stopping once", async () => {
  const second = await start();
  await Promise.all([second.stop(), second.stop()]);
  expect(await ask(database.url, "SELECT 1")).toBe(1);
});

test("the lock of a dead process is taken over", async () => {
  writeFileSync(inFolder("database.lock"), "999999999 of an earlier boot\nnonce\n");
  const second = await start();
  await second.stop();
  expect(readdirSync(database.folder).filter((name) => name.includes("lock"))).toEqual([]);
});

test("a server that does not start says why, from its own log", async () => {
  await stopAll();
  const starting = start({ settings: { ...settings, work_mem: "plenty" } });
  await expect(starting).rejects.toMatchObject({ name: "DatabaseStartError" });
  await expect(starting).rejects.toThrow(/work_mem.*plenty[\s\S]*DATABASE_URL/);
});

test("a note left by a process that is no server of ours does not stop a start", async () => {
  await stopAll();
  const note = `${process.pid}\n${inFolder("pg18", "data")}\n1\n15000\n\n127.0.0.1\n  1 1\nready   \n`;
  writeFileSync(inFolder("pg18", "data", "postmaster.pid"), note);
  database = await start();
  expect(await ask(database.url, "SELECT 1")).toBe(1);
});

test("an initdb that was interrupted is done again", async () => {
  await stopAll();
  rmSync(inFolder("pg18"), { recursive: true });
  mkdirSync(inFolder("pg18.new", "data"), { recursive: true });
  writeFileSync(inFolder("pg18.new", "data", "half"), "");
  database = await start();
  expect(await ask(database.url, "SELECT 1")).toBe(1);
  expect(existsSync(inFolder("pg18.new"))).toBe(false);
});

test("data of another major version is not passed over", async () => {
  await stopAll();
  rmSync(inFolder("pg18"), { recursive: true });
  mkdirSync(inFolder("pg17"));
  await expect(start()).rejects.toThrow(/pg17.*pg_dump/s);
  rmSync(inFolder("pg17"), { recursive: true });
});

test("a folder that is deleted under a running server is no reason to crash", async () => {
  const lines: string[] = [];
  const own = mkdtempSync(join(tmpdir(), "gatehouse-embedded-"));
  const deleted = await startEmbeddedDatabase({
    dataDir: own,
    settings,
    log: (line) => lines.push(line),
  });
  const pid = postmasterPid(deleted.folder);
  // Away in one step: the server goes on writing meanwhile.
  const away = mkdtempSync(`${deleted.folder}-`);
  renameSync(deleted.folder, join(away, "deleted"));
  rmSync(own, { recursive: true, force: true });
  await sleep(1500);
  await deleted.stop();
  if (identityOf(pid) !== undefined) process.kill(pid, "SIGQUIT");
  expect(lines).toEqual([]);
  expect(existsSync(deleted.folder)).toBe(false);
  rmSync(away, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});
