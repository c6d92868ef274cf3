import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean,
 *   dev?: boolean, devOptional?: boolean }} LockedPackage
 */

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined} by their path
 */
function readLock(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : undefined;
}

/**
 * @param {LockedPackage} locked
 * @param {boolean} withDev
 */
const mayBeAbsent = (locked, withDev) =>
  locked.optional || (!withDev && (locked.dev || locked.devOptional));

/**
 * Whether what is installed is what the lockfile says. npm's own note of an installation appears
 * when it is complete; compared by content, because a checkout or a copy changes all dates.
 *
 * @param {string} root
 * @param {boolean} withDev whether what only building and testing need has to be there
 */
export function areInstalled(root, withDev) {
  const installed = readLock(join(root, "node_modules", ".package-lock.json"));
  if (installed === undefined) return false;
  const wanted = readLock(join(root, "package-lock.json")) ?? {};
  return Object.entries(wanted).every(([path, locked]) => {
    if (path === "") return true;
    const there = installed[path];
    if (there === undefined) return mayBeAbsent(locked, withDev);
    return there.version === locked.version && there.integrity === locked.integrity;
  });
}

/**
 * @param {string} root
 * @param {boolean} withDev
 * @throws {Error} when npm says that it failed
 */
export function install(root, withDev) {
  console.error("Installing packages (npm ci) …");
  const args = ["ci", withDev ? "--include=dev" : "--omit=dev"];
  const npm = process.env.npm_execpath;
  // The npm that started us, where one did; its output is for people, so it goes beside the logs.
  const { status } = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: [0, 2, 2] })
    : spawnSync("npm", args, { cwd: root, stdio: [0, 2, 2], shell: process.platform === "win32" });
  if (status !== 0) throw new Error("npm ci failed.");
}
