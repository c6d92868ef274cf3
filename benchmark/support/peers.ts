import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../peers/", import.meta.url));

/** Each package of theirs has a lockfile of its own: what one of them needs would break another. */
const packages = [folder, join(folder, "accounts-js")];

const peers = {
  "oidc-provider": "oidc-provider.mjs",
  "better-auth": "better-auth.mjs",
  "accounts-js": join("accounts-js", "index.cjs"),
};

/** Other people's servers: installed when they are asked for. */
export function installPeers(): { name: string; file: string }[] {
  for (const cwd of packages) {
    if (existsSync(join(cwd, "node_modules"))) continue;
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
      cwd,
      stdio: ["ignore", 2, 2],
    });
    if (status !== 0) throw new Error(`the packages of ${cwd} could not be installed`);
  }
  return Object.entries(peers).map(([name, file]) => ({ name, file: join(folder, file) }));
}
