import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../peers/", import.meta.url));

/** Where a package.json says what to install. */
const packages = () =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
    .map(({ name }) => join(folder, name))
    .concat(folder)
    .filter((path) => existsSync(join(path, "package.json")));

/** Other people's servers, of packages of their own: installed when they are asked for. */
export function installPeers(): { name: string; file: string }[] {
  for (const cwd of packages()) {
    if (existsSync(join(cwd, "node_modules"))) continue;
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
      cwd,
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (status !== 0) throw new Error(`the packages of ${cwd} could not be installed`);
  }
  return readdirSync(folder)
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => ({ name: basename(name, ".mjs"), file: join(folder, name) }));
}

export const nameOfFile = (file: string) =>
  basename(file).replace(/\.[^.]+$/, "") || basename(dirname(file));
