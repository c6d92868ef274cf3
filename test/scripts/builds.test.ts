import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { type Build, isCurrent, make } from "../../scripts/builds.mjs";

let root: string;
const path = (...names: string[]) => join(root, ...names);

/** Copies the one source; `FAIL` in it fails the build half way. */
const script = `
  const [from, to] = process.argv.slice(1);
  fs.mkdirSync(to);
  for (const name of fs.readdirSync(from)) {
    const text = fs.readFileSync(from + "/" + name, "utf8");
    if (text === "FAIL") process.exit(2);
    fs.writeFileSync(to + "/" + name, text);
  }`;
const build: Build = {
  name: "the trial",
  inputs: ["src", "settings.json"],
  output: "out put",
  command: (output) => ["-e", script, "src", output],
};

beforeEach(() => {
  jest.spyOn(console, "error").mockImplementation(() => undefined);
  root = mkdtempSync(join(tmpdir(), "gatehouse builds "));
  mkdirSync(path("src"));
  writeFileSync(path("src", "one"), "1");
  writeFileSync(path("settings.json"), "{}");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("what was never built is not current, and what was built is", () => {
  expect(isCurrent(root, build)).toBe(false);
  make(root, build);
  expect(isCurrent(root, build)).toBe(true);
});

test.each<[string, () => void]>([
  ["another content", () => writeFileSync(path("src", "one"), "2")],
  ["a new source", () => writeFileSync(path("src", "two"), "")],
  ["a deleted source", () => rmSync(path("src", "one"))],
  ["another setting", () => writeFileSync(path("settings.json"), "{ }")],
  [
    "another content with an older date",
    () => {
      writeFileSync(path("src", "one"), "0");
      utimesSync(path("src", "one"), 1, 1);
    },
  ],
])("%s is built anew", (_, change) => {
  make(root, build);
  change();
  expect(isCurrent(root, build)).toBe(false);
});

test("a checkout that only changes dates builds nothing", () => {
  make(root, build);
  utimesSync(path("src", "one"), new Date(), new Date());
  expect(isCurrent(root, build)).toBe(true);
});

test("nothing of a deleted source stays in the output", () => {
  make(root, build);
  rmSync(path("src", "one"));
  writeFileSync(path("src", "two"), "2");
  make(root, build);
  expect(existsSync(path("out put", "one"))).toBe(false);
  expect(readFileSync(path("out put", "two"), "utf8")).toBe("2");
});

test("a build that fails leaves the former output as it was", () => {
  make(root, build);
  writeFileSync(path("src", "one"), "FAIL");
  expect(() => make(root, build)).toThrow("Building the trial failed.");
  expect(readFileSync(path("out put", "one"), "utf8")).toBe("1");
  expect(isCurrent(root, build)).toBe(false);
});

test("an output that was shipped without its sources is current", () => {
  make(root, build);
  rmSync(path("src"), { recursive: true });
  expect(isCurrent(root, build)).toBe(true);
});
