import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { errorCodes } from "../../src/errors/codes.js";
import { serverLimits } from "../../src/http/server-limits.js";
import { maxTokens } from "../../src/limits/document/document-limits.js";
import { settings } from "../../src/settings.js";

const readme = readFileSync("README.md", "utf8");

/** The rows of the one table under a heading, without its head. */
function tableUnder(heading: string): string[] {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  const rows = own.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2);
}

const row = (...cells: string[]) => `| ${cells.join(" | ")} |`;

test("the README's settings are the settings, with their defaults, and no others", () => {
  const rows = Object.entries(settings).map(([name, { fallback, about }]) =>
    row(`\`${name}\``, fallback || "–", about),
  );
  expect(tableUnder("Settings")).toEqual(rows);
});

test("the README's error codes are the error codes, and no others", () => {
  const rows = Object.entries(errorCodes).map(([code, { when, client }]) =>
    row(`\`${code}\``, when, client),
  );
  expect(tableUnder("Errors")).toEqual(rows);
});

test("the README's limits are the limits", () => {
  const { bodyBytes, headerBytes, headersTimeout, requestTimeout, connections } = serverLimits;
  const flat = readme.replace(/\s+/g, " ");
  expect(flat).toContain(
    `A request body has at most ${bodyBytes / 1000} kB, headers ${headerBytes / 1024} kB, a GraphQL document ${maxTokens} tokens; slow ones are closed after ${headersTimeout / 1000} to ${requestTimeout / 1000} s.`,
  );
  expect(flat).toContain(`Each replica takes at most ${connections} connections,`);
});

test("every code has a message that ends, and says nothing but itself", () => {
  for (const { message } of Object.values(errorCodes)) expect(message).toMatch(/^[A-Z][^{}$]+\.$/);
});
