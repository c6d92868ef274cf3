import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/rotation.md");
const readme = read("README.md");

/** The lines from the one that `first` begins, as long as they begin with `mark`. */
function block(text: string, first: string, mark: string): string[] {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => line.startsWith(first));
  const length = lines.slice(from).findIndex((line) => !line.startsWith(mark));
  return lines.slice(from, from + length);
}

test("README and docs/rotation.md publish one decision table", () => {
  const table = block(page, "| case | answer | the row |", "|");
  expect(table).toHaveLength(10);
  expect(block(readme, "| case | answer | the row |", "|")).toEqual(table);
});

test("README and docs/rotation.md publish the same guarantees", () => {
  const guarantees = block(page, "> An honest client", ">");
  expect(guarantees.length).toBeGreaterThan(4);
  expect(block(readme, "> An honest client", ">")).toEqual(guarantees);
});

test("every trace of docs/rotation.md is a regression test of its name", () => {
  const tables = page.split("\n## Traces")[1]?.split("\n## ")[0] ?? "";
  const traces = [...tables.matchAll(/^\| (?!trace|-)([^|]+) \|/gm)].map(([, name]) => name ?? "");
  const tests = read("test/sessions/rotation-traces.test.ts");
  const sqlTests = read("test/sessions/rotation-sql.test.ts");
  expect(traces).toHaveLength(13);
  for (const name of traces)
    expect(name === "lock wait" ? sqlTests : tests).toMatch(new RegExp(`"${name}\\b`));
});
