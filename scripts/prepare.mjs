/**
 * Makes `npm start` and `npm test` work alone, also on a fresh clone: installs what the lockfile
 * says and builds what is not built from the sources as they are. Silent when there is nothing to
 * do. Node alone, because it runs before anything is installed.
 *
 * `node scripts/prepare.mjs --build` builds anew in any case (npm run build).
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { builds, isCurrent, make } from "./builds.mjs";
import { areInstalled, install } from "./packages.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const production = process.env.NODE_ENV === "production";
const buildAnyway = process.argv.includes("--build");

/** A slow network and a slow disk. */
const lockTimeoutSeconds = 900;

function whatIsMissing() {
  const stale = builds.filter((build) => buildAnyway || !isCurrent(root, build));
  const withDev = !production || stale.length > 0;
  // What was shipped complete to production stays as it is.
  const shipped = !withDev && existsSync(join(root, "node_modules"));
  const packages = !shipped && !areInstalled(root, withDev);
  return { stale, withDev, packages, nothing: !packages && stale.length === 0 };
}

/** Under the lock: what was missing may have been made while we waited for it. */
function prepare() {
  const { stale, withDev, packages } = whatIsMissing();
  if (packages) install(root, withDev);
  for (const build of stale) make(root, build);
}

/** @param {unknown} error */
function explain(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (!["EACCES", "EPERM", "EROFS"].includes(code ?? "")) return message;
  return `Gatehouse has to be installed and built first, and you may not write here (${message}).\nRun npm start once as the owner of ${root}.`;
}

if (!whatIsMissing().nothing) {
  try {
    const { withFileLock } = await import("../src/file-lock.mjs");
    await withFileLock(join(root, ".prepare.lock"), prepare, {
      timeoutSeconds: lockTimeoutSeconds,
      onWait: () => console.error("Another start is preparing this folder; waiting for it …"),
    });
  } catch (error) {
    console.error(explain(error));
    process.exitCode = 1;
  }
}
