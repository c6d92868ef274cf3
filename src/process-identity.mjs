import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function identityOnLinux(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startedAtTick] = [fields[0], fields[19]];
  if (state === "Z" || state === "X") return undefined;
  return `${pid} ${read("/proc/sys/kernel/random/boot_id")?.trim()} ${startedAtTick}`;
}

/** @param {number} pid */
function identityByPs(pid) {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    const [state = "", ...startedAt] = line.split(/\s+/);
    return state === "" || state.startsWith("Z") ? undefined : `${pid} ${startedAt.join(" ")}`;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function identityBySignal(pid) {
  try {
    process.kill(pid, 0);
    return `${pid}`;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM" ? `${pid}` : undefined;
  }
}

/**
 * What tells a living process from a later one with the same number: its number and when it began
 * (on Windows the number alone). A zombie counts as dead.
 *
 * @param {number} pid
 * @returns {string | undefined} one line, undefined when there is no such process
 */
export function identityOf(pid) {
  if (process.platform === "linux") return identityOnLinux(pid);
  return process.platform === "win32" ? identityBySignal(pid) : identityByPs(pid);
}

/**
 * @param {string} identity what `identityOf` once gave
 * @returns {boolean} whether that very process still lives
 */
export const isAlive = (identity) => identityOf(Number.parseInt(identity, 10)) === identity;
