import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Load, LoadTool } from "./load.js";

const execute = promisify(execFile);
const program = fileURLToPath(new URL("./autocannon-process.ts", import.meta.url));

/** In a process of its own, as wrk is. */
async function run(load: Load) {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-autocannon-"));
  const file = join(folder, "load.json");
  writeFileSync(file, JSON.stringify(load));
  try {
    await execute(process.execPath, ["--import", "tsx", program, file]);
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** https://github.com/mcollina/autocannon: slower than wrk, but everywhere. */
export const autocannonTool = (): LoadTool => ({
  name: `autocannon ${createRequire(import.meta.url)("autocannon/package.json").version}`,
  run,
});
