import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { withFileLock } from "../../src/file-lock.mjs";
import { identityOf, isAlive } from "../../src/process-identity.mjs";

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-lock-"));
  lock = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const module = new URL("../../src/file-lock.mjs", import.meta.url).href;

/** Each process writes "in" and "out" 20 times; together they must never mix. */
const contender = `
  const { withFileLock } = await import(process.argv[1]);
  const { appendFileSync } = await import("node:fs");
  for (let i = 0; i < 20; i++)
    await withFileLock(process.argv[2], async () => {
      appendFileSync(process.argv[3], "in ");
      await new Promise(setImmediate);
      appendFileSync(process.argv[3], "out ");
    });`;

const contend = (log: string) =>
  spawn(process.execPath, ["--input-type=module", "-e", contender, module, lock, log]);

test("processes that compete for a dead one's lock hold it one at a time", async () => {
  const log = join(folder, "log");
  writeFileSync(lock, "999999999 long ago\nnonce\n");
  await Promise.all([1, 2, 3, 4].map(() => once(contend(log), "exit")));
  expect(readFileSync(log, "utf8")).toBe("in out ".repeat(80));
  expect(readdirSync(folder)).toEqual(["log"]);
});

test("the lock is free again after an error", async () => {
  const failing = withFileLock(lock, () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(existsSync(lock)).toBe(false);
});

test("who waits is told once, and gives up in time", async () => {
  let told = 0;
  await withFileLock(lock, async () => {
    const options = { timeoutSeconds: 0.2, onWait: () => void told++ };
    const waiting = withFileLock(lock, () => undefined, options);
    await expect(waiting).rejects.toMatchObject({ code: "ELOCKED" });
  });
  expect(told).toBe(1);
});

test("a lock that was never finished is waited for first, and taken when it is old", async () => {
  writeFileSync(lock, "");
  const waiting = withFileLock(lock, () => undefined, { timeoutSeconds: 0.1 });
  await expect(waiting).rejects.toMatchObject({ code: "ELOCKED" });
  utimesSync(lock, 0, 0);
  expect(await withFileLock(lock, () => "taken")).toBe("taken");
});

test("a process is itself, and not a later one with its number", async () => {
  const own = identityOf(process.pid) ?? "";
  expect(isAlive(own)).toBe(true);
  expect(isAlive(`${own}0`)).toBe(false);
  const child = spawn(process.execPath, ["-e", ""]);
  const identity = identityOf(child.pid as number) ?? "";
  await once(child, "exit");
  await sleep(10);
  expect(isAlive(identity)).toBe(false);
});
