import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { areInstalled } from "../../scripts/packages.mjs";

const locked = {
  "": { version: "0.1.0" },
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/fsevents": { version: "2.0.0", integrity: "sha512-f", optional: true },
  "node_modules/typescript": { version: "6.0.0", integrity: "sha512-t", dev: true },
  "node_modules/@own/part": { resolved: "part", link: true },
};
const { "": _, "node_modules/fsevents": __, ...installed } = locked;

let root: string;
const write = (file: string, packages: object) =>
  writeFileSync(join(root, file), JSON.stringify({ packages }));
const writeInstalled = (packages: object) => write("node_modules/.package-lock.json", packages);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gatehouse packages "));
  mkdirSync(join(root, "node_modules"));
  write("package-lock.json", locked);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("what the lockfile says is installed, without what other platforms need", () => {
  writeInstalled(installed);
  expect(areInstalled(root, true)).toBe(true);
});

test("an installation that was interrupted counts as none", () => {
  expect(areInstalled(root, true)).toBe(false);
});

test.each<[string, object]>([
  ["another version", { "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } }],
  ["another content", { "node_modules/a": { version: "1.0.0", integrity: "sha512-b" } }],
  ["a missing package", { "node_modules/a": undefined }],
  ["a missing workspace", { "node_modules/@own/part": undefined }],
])("%s is noticed", (_, change) => {
  writeInstalled({ ...installed, ...change });
  expect(areInstalled(root, true)).toBe(false);
});

test("what only building needs may be absent where nothing is built", () => {
  writeInstalled({ ...installed, "node_modules/typescript": undefined });
  expect(areInstalled(root, false)).toBe(true);
  expect(areInstalled(root, true)).toBe(false);
});
