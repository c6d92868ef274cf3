import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} Build
 * @property {string} name
 * @property {string[]} inputs files and folders, from the project's folder
 * @property {string} output a folder, replaced as a whole
 * @property {(output: string) => string[]} command arguments of node that make it
 */

/** @type {Build[]} */
export const builds = [
  {
    name: "the server",
    inputs: ["src", "ormconfig.ts", "tsconfig.json", "tsconfig.build.json"],
    output: "dist",
    command: (output) => [
      join("node_modules", "typescript", "bin", "tsc"),
      ...["-p", "tsconfig.build.json", "--outDir", output],
      ...["--tsBuildInfoFile", join(output, ".tsbuildinfo")],
    ],
  },
];

const fingerprintFile = ".fingerprint";

/**
 * @param {string} path of a file or a folder
 * @returns {string[]}
 */
function filesOf(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/**
 * Of names and contents: a source that was deleted, or is older than the output and still another,
 * changes it too.
 *
 * @param {string} root
 * @param {Build} build
 */
function fingerprint(root, build) {
  const hash = createHash("sha256");
  for (const file of build.inputs.flatMap((input) => filesOf(join(root, input))))
    hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file));
  return hash.digest("hex");
}

/**
 * Whether the output is complete and was made from the inputs as they are. Where only the output
 * was shipped there is nothing to make it from, and it counts as it is.
 *
 * @param {string} root
 * @param {Build} build
 */
export function isCurrent(root, build) {
  const made = join(root, build.output, fingerprintFile);
  if (!existsSync(made)) return false;
  if (!build.inputs.every((input) => existsSync(join(root, input)))) return true;
  return readFileSync(made, "utf8") === fingerprint(root, build);
}

/**
 * Makes the output beside the present one and then puts it in its place: a failed build changes
 * nothing, and nothing of a deleted source stays.
 *
 * @param {string} root
 * @param {Build} build
 * @throws {Error} when it failed
 */
export function make(root, build) {
  console.error(`Building ${build.name} …`);
  const made = fingerprint(root, build);
  const target = join(root, build.output);
  const [next, former] = [`${target}.new`, `${target}.old`];
  for (const leftover of [next, former]) rmSync(leftover, { recursive: true, force: true });
  const args = build.command(`${build.output}.new`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: [0, 2, 2] });
  if (status !== 0) throw new Error(`Building ${build.name} failed.`);
  writeFileSync(join(next, fingerprintFile), made);
  if (existsSync(target)) renameSync(target, former);
  renameSync(next, target);
  rmSync(former, { recursive: true, force: true });
}
