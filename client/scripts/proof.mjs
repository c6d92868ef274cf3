/**
 * Runs the browser proofs again and again and prints what they came to:
 * `npm run proof -w @gatehouse/client` (ten times), or `… -- 3`.
 */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const client = dirname(dirname(fileURLToPath(import.meta.url)));
const jest = join(client, "../node_modules/jest/bin/jest.js");
const runs = Number(process.argv[2] ?? 10);
const line =
  /^proof: (\d+) refreshes asked \(\d+ requests\), (\d+) made, (\d+) reuses, (\d+) tabs signed out: (.*)$/gm;
const args = [
  "--experimental-vm-modules",
  "--disable-warning=ExperimentalWarning",
  jest,
  "operations|mishaps",
];

/** One run; resolves with its exit code and all that it printed. */
function run() {
  return new Promise((resolve) => {
    const env = { ...process.env, REQUIRE_BROWSER: "1" };
    const child = spawn(process.execPath, args, { cwd: client, env });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += data));
    child.on("close", (code) => resolve({ code, text }));
  });
}

const total = { green: 0, scenarios: 0, asked: 0, made: 0, reuses: 0, honestSignOuts: 0 };
for (let round = 1; round <= runs; round++) {
  const began = Date.now();
  const { code, text } = await run();
  const scenarios = [...text.matchAll(line)];
  for (const [, asked, made, reuses, signedOut, name] of scenarios) {
    total.asked += Number(asked);
    total.made += Number(made);
    total.reuses += Number(reuses);
    if (!name.startsWith("what ends a session")) total.honestSignOuts += Number(signedOut);
  }
  total.scenarios += scenarios.length;
  if (code === 0) total.green += 1;
  else console.log(text);
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(
    `run ${round}: ${code === 0 ? "green" : "RED"}, ${scenarios.length} scenarios, ${seconds} s`,
  );
}
console.log(
  `${total.green} of ${runs} runs green; ${total.scenarios} scenarios, ${total.asked} refreshes asked, ${total.made} made, ${total.reuses} reuses, ${total.honestSignOuts} honest sign-outs`,
);
process.exitCode = total.green === runs ? 0 : 1;
