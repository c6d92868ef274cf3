import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { testRun } from "./test-run.js";

/** Shorter ones stand in any row by chance. */
const shortestSecret = 8;

const fileOf = (folder: string) => join(folder, "issued-secrets");

/**
 * Remembers a token, code or password that a test was given or made: the run fails when it stands
 * anywhere in a database afterwards.
 */
export function recordSecret(secret: string): void {
  if (secret.length < shortestSecret)
    throw new Error(`a secret of ${secret.length} characters would be found everywhere`);
  appendFileSync(fileOf(testRun().folder), `${JSON.stringify(secret)}\n`);
}

/** @param folder of the run */
export function recordedSecrets(folder: string): string[] {
  const lines = readFileSync(fileOf(folder), { encoding: "utf8", flag: "a+" }).split("\n");
  return [...new Set(lines.filter(Boolean).map((line): string => JSON.parse(line)))];
}
