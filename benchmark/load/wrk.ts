import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Load, LoadTool, Outcome } from "./load.js";
import { wrkScript } from "./wrk-script.js";

const execute = promisify(execFile);

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

function readOutcome(folder: string): Outcome {
  const [figures = "", ...example] = readFileSync(join(folder, "result"), "utf8").split("\n");
  const said = JSON.parse(figures);
  const unanswered = `${said.unanswered} requests without an answer, ${said.starved} without a token`;
  const text = example.join("\n");
  return {
    answers: said.answers,
    seconds: said.microseconds / 1e6,
    p50: said.p50 / 1000,
    p99: said.p99 / 1000,
    failed: said.failed + said.unanswered + said.starved,
    example: text === "" ? unanswered : text,
    tokens: lines(readFileSync(join(folder, "tokens"), "utf8")),
  };
}

async function run(load: Load): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-wrk-"));
  const [script, tokens, result] = ["script.lua", "tokens", "result"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(tokens, load.tokens.map((token) => `${token}\n`).join(""));
  writeFileSync(script, wrkScript(load.case, tokens, result));
  const size = ["-t", "1", "-c", String(load.connections), "-d", `${load.seconds}s`];
  try {
    await execute("wrk", [...size, "--timeout", "10s", "-s", script, load.url]);
    return readOutcome(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** https://github.com/wg/wrk; undefined where it is not installed. */
export function findWrk(): LoadTool | undefined {
  const { stdout, error } = spawnSync("wrk", ["-v"], { encoding: "utf8" });
  if (error !== undefined) return undefined;
  return { name: /^wrk \S+/.exec(stdout)?.[0] ?? "wrk", run };
}
