import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { startTestApp } from "../support/app.js";
import { anyPort } from "../support/smtp-server.js";

const page = readFileSync("docs/accounts.md", "utf8");

const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, text]) => text);

const hasShell = ["bash", "curl"].every((name) => spawnSync(name, ["--version"]).status === 0);

(hasShell ? test : test.skip)("the walk of docs/accounts.md answers what it says", async () => {
  const port = anyPort();
  const service = await startTestApp({ PUBLIC_URL: `http://localhost:${port}` });
  await service.app.listen({ host: "127.0.0.1", port });
  const cwd = mkdtempSync(join(tmpdir(), "gatehouse-walk-"));
  const script = blocks("sh").join("\n").replaceAll("localhost:4000", `127.0.0.1:${port}`);
  const { stdout } = await promisify(execFile)("bash", ["-c", script], { cwd });
  rmSync(cwd, { recursive: true });
  await service.close();
  expect(stdout).toBe(blocks("json").join(""));
});
