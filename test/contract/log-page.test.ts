import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

const file = (path: string) => new URL(`../../${path}`, import.meta.url);
const read = (path: string) => readFileSync(file(path), "utf8");

const sources = readdirSync(file("src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => read(`src/${name}`));

/** Also through a variable, where the line would not fit: its level is looked up by eye. */
const logged = new Set(
  sources.flatMap((text) => [...text.matchAll(/\bevent: "(\w+)"/g)].map(([, event]) => event)),
);
const levels = new Map(
  sources.flatMap((text) =>
    [...text.matchAll(/\.(\w+)\(\s*\{\s*event: "(\w+)"/g)].map(([, level, event]) => [
      event,
      level,
    ]),
  ),
);
const rows = [...read("docs/log.md").matchAll(/^\| `(\w+)` \| (\w+) \| \S/gm)].map(
  ([, event, level]) => [event, level],
);

test("every event is written out where it is logged, so that the page can be held against it", () => {
  for (const text of sources) expect(text).not.toMatch(/\bevent: [\w.]+ \?/);
});

test("docs/log.md names every event that is logged, and no other", () => {
  expect(rows.map(([event]) => event).toSorted()).toEqual([...logged].toSorted());
});

test("docs/log.md gives the level at which it is logged", () => {
  const known = rows.filter(([event]) => levels.has(event));
  expect(known.length).toBeGreaterThan(rows.length - 5);
  expect(known).toEqual(known.map(([event]) => [event, levels.get(event)]));
});
