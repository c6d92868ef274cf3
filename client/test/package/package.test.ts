import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");
const budgetBytes = 6000;
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { exports: doors, files, type, sideEffects } = manifest;
let dist: string;

/** What a bundler makes of the code, gzipped. */
async function sizeOf(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: dist },
    bundle: true,
    minify: true,
    write: false,
    logLevel: "error",
    format: "esm",
    target: "es2022",
    external: ["@apollo/client", "rxjs", "react"],
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

beforeAll(() => {
  dist = mkdtempSync(join(tmpdir(), "gatehouse-client-"));
  const tsc = join(root, "../node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", dist], {
    cwd: root,
    stdio: "inherit",
  });
  writeFileSync(join(dist, "package.json"), JSON.stringify({ type, sideEffects }));
}, 60_000);
afterAll(() => rmSync(dist, { recursive: true, force: true }));

describe("the package", () => {
  test(`keeper and Apollo link together weigh less than ${budgetBytes} bytes, gzipped`, async () => {
    const bytes = await sizeOf(
      'export { createAuth } from "./index.js"; export { createAuthLink } from "./apollo/index.js";',
    );
    process.stdout.write(`size: keeper and Apollo link ${bytes} bytes gzipped\n`);
    expect(bytes).toBeLessThan(budgetBytes);
  });

  test("who takes one name takes only what it needs", async () => {
    const nothing = await sizeOf('import "./index.js"; import "./react/index.js";');
    expect(nothing).toBeLessThan(50);
    expect(await sizeOf('export { hasCode } from "./index.js";')).toBeLessThan(300);
  });

  test("every door has code, types and source maps", () => {
    for (const door of Object.values<{ types: string; default: string } | string>(doors)) {
      if (typeof door === "string") continue;
      for (const file of [door.types, door.default, `${door.default}.map`])
        expect([file, existsSync(join(dist, file.replace("./dist/", "")))]).toEqual([file, true]);
    }
    // The maps point to the sources.
    expect(files).toContain("src");
  });
});
