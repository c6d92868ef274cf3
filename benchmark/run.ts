import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { type Bench, openBench } from "./bench.js";
import { measureCosts } from "./measures/costs.js";
import { measureGrowth } from "./measures/growth.js";
import { measureRequests } from "./measures/requests.js";
import { measureRevocation } from "./measures/revocation.js";
import { measureStart } from "./measures/start.js";
import { measureStorm } from "./measures/storm.js";
import { help, type Options, readOptions } from "./options.js";
import { writeReadme } from "./report/readme.js";
import { report } from "./report/report.js";
import type { Results } from "./report/results.js";

const circumstances = ({ options, pins, postgres, tool }: Bench): string[] => [
  new Date().toISOString().slice(0, 10),
  `${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1e9)} GB`,
  pins.note,
  `Node ${process.versions.node}, PostgreSQL ${postgres.version}`,
  `${tool.name}, ${options.connections} connections`,
  `medians of ${options.rounds} rounds of ${options.seconds} s`,
  options.hs256 ? "HS256" : "ES256",
];

async function measure(bench: Bench): Promise<Results> {
  const { measures } = bench.options;
  const results: Results = { circumstances: circumstances(bench) };
  if (measures.has("start")) results.start = await measureStart(bench);
  if (measures.has("requests")) results.requests = await measureRequests(bench);
  if (measures.has("costs")) results.costs = await measureCosts(bench);
  if (measures.has("storm")) results.storm = await measureStorm(bench);
  if (measures.has("growth")) results.growth = await measureGrowth(bench);
  if (measures.has("revocation")) results.revocation = await measureRevocation(bench);
  return results;
}

function tell(results: Results, { json, write }: Options): void {
  const figures = report(results);
  console.log(figures);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  if (write) writeReadme(figures);
}

async function run(options: Options): Promise<void> {
  const bench = await openBench(options);
  // Ctrl-C: PostgreSQL and all servers end first.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void bench.close().finally(() => process.exit(1)));
  try {
    tell(await measure(bench), options);
  } finally {
    await bench.close();
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(help);
  else await run(options);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
