import { readFileSync, writeFileSync } from "node:fs";
import { createSchema, schemaText } from "./schema.js";

/** `npm run schema` writes schema.graphql; with --check it fails when the file is stale. */
const file = "schema.graphql";
const text = schemaText(await createSchema());

if (!process.argv.includes("--check")) writeFileSync(file, text);
else if (readFileSync(file, "utf8") !== text) {
  console.error(`${file} is not what the code emits: run "npm run schema" and commit it.`);
  process.exitCode = 1;
}
