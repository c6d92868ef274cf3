import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../README.md", import.meta.url);

const begin = (part: string) => `<!-- ${part}: written by npm run benchmark -- --write -->`;
const end = "<!-- end -->";

function replacePart(text: string, part: string, figures: string): string {
  const at = text.indexOf(begin(part));
  const until = text.indexOf(end, at);
  if (at < 0 || until < 0) throw new Error(`benchmark/README.md lacks ${begin(part)} or its end`);
  return `${text.slice(0, at)}${begin(part)}\n\n${figures}\n\n${text.slice(until)}`;
}

/** Puts each part's figures between its marks in README.md; a part without figures stays. */
export function writeReadme(parts: ReadonlyMap<string, string>): void {
  let text = readFileSync(file, "utf8");
  for (const [part, figures] of parts) text = replacePart(text, part, figures);
  writeFileSync(file, text);
}
