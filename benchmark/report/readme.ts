import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../README.md", import.meta.url);
const [begin, end] = ["<!-- figures: npm run benchmark -- --write -->", "<!-- end of figures -->"];

/** Puts the figures between their marks in README.md. */
export function writeReadme(figures: string): void {
  const text = readFileSync(file, "utf8");
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`benchmark/README.md lacks ${begin} or ${end}`);
  writeFileSync(file, `${before}${begin}\n\n${figures}\n\n${end}${after}`);
}
