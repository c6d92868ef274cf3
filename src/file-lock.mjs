import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { identityOf, isAlive } from "./process-identity.mjs";

/** A file that is still empty after this long was left by a process that died while making it. */
const abandonedAfterMilliseconds = 10_000;

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * @param {string} path
 * @param {string} content
 * @returns {boolean} false when the file is there already
 */
function create(path, content) {
  try {
    writeFileSync(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} path */
function isAbandoned(path) {
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - written > abandonedAfterMilliseconds;
}

/**
 * @param {string} path
 * @param {string} content what the lock held when it was read
 */
const isStale = (path, content) =>
  content === "" ? isAbandoned(path) : !isAlive(content.split("\n")[0] ?? "");

/**
 * Two processes that find the same dead owner must not both remove the lock: the second would
 * remove the first one's new lock. So removing is itself done by one at a time, who looks again.
 *
 * @param {string} path
 * @returns {boolean} whether it is worth trying to take the lock at once
 */
function removeStale(path) {
  const content = read(path);
  if (content === undefined) return true;
  if (!isStale(path, content)) return false;
  const takeover = `${path}.takeover`;
  if (!create(takeover, "")) {
    if (isAbandoned(takeover)) rmSync(takeover, { force: true });
    return false;
  }
  if (read(path) === content) rmSync(path, { force: true });
  rmSync(takeover, { force: true });
  return true;
}

/**
 * Runs `work` while no other process, and nobody else in this one, runs theirs under the same path.
 * The lock of a process that died is taken over.
 *
 * @template T
 * @param {string} path a file of its own; gone again afterwards
 * @param {() => T | Promise<T>} work
 * @param {{ timeoutSeconds?: number, onWait?: () => void }} [options] `onWait`: called once, when
 *   somebody else holds the lock
 * @returns {Promise<T>}
 * @throws {NodeJS.ErrnoException} ELOCKED when the lock was not free within `timeoutSeconds`
 */
export async function withFileLock(path, work, { timeoutSeconds = 180, onWait } = {}) {
  const mine = `${identityOf(process.pid)}\n${randomUUID()}\n`;
  const deadline = Date.now() + timeoutSeconds * 1000;
  let waits = 0;
  while (!create(path, mine)) {
    if (removeStale(path)) continue;
    if (waits++ === 0) onWait?.();
    if (Date.now() > deadline) {
      const owner = Number.parseInt(read(path) ?? "", 10);
      const message = `process ${owner} has held ${path} for more than ${timeoutSeconds} s`;
      throw Object.assign(new Error(message), { code: "ELOCKED" });
    }
    await sleep(50);
  }
  try {
    return await work();
  } finally {
    if (read(path) === mine) rmSync(path, { force: true });
  }
}
