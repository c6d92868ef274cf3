import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { type Bench, openBench } from "./bench.js";
import { measureCosts } from "./measures/costs.js";
import { measureGrowth } from "./measures/growth.js";
import { measureRequests } from "./measures/requests.js";
import { measureRevocation } from "./measures/revocation.js";
import { measureStart } from "./measures/start.js";
import { measureStorm } from "./measures/storm.js";
import { help, type Measure, type Options, readOptions } from "./options.js";
import { writeReadme } from "./report/readme.js";
import { report } from "./report/report.js";
import type { Results } from "./report/results.js";

const circumstances = ({ options, pins, postgres, tool }: Bench): string =>
  [
    new Date().toISOString().slice(0, 10),
    `${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1e9)} GB`,
    pins.note,
    `Node ${process.versions.node}, PostgreSQL ${postgres.version}`,
    `${tool.name}, ${options.connections} connections`,
    `${options.rounds} rounds of ${options.seconds} s`,
    options.hs256 ? "HS256" : "ES256",
  ].join(" · ");

/** The parts that an earlier run has measured. */
const earlier = ({ with: file }: Options): Results =>
  file === undefined ? { circumstances: {} } : JSON.parse(readFileSync(file, "utf8"));

/** One part after the other; one that fails does not take along what the others have shown. */
async function measure(bench: Bench): Promise<{ results: Results; failures: string[] }> {
  const results = earlier(bench.options);
  const failures: string[] = [];
  const part = async <Part extends Measure>(
    name: Part,
    run: (bench: Bench) => Promise<Results[Part]>,
  ) => {
    if (!bench.options.measures.has(name)) return;
    try {
      results[name] = await run(bench);
      results.circumstances[name] = circumstances(bench);
    } catch (error) {
      failures.push(`${name} failed: ${(error as Error).message}`);
    }
  };
  await part("start", measureStart);
  await part("requests", measureRequests);
  await part("costs", measureCosts);
  await part("storm", measureStorm);
  await part("growth", measureGrowth);
  await part("revocation", measureRevocation);
  return { results, failures };
}

function tell(results: Results, { json, write }: Options): void {
  const parts = report(results);
  for (const [name, figures] of parts) console.log(`\n### ${name}\n\n${figures}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  if (write) writeReadme(parts);
}

async function run(options: Options): Promise<void> {
  const bench = await openBench(options);
  // Ctrl-C: PostgreSQL and all servers end first; then at once, because the measures would go on.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void bench.close().finally(() => process.exit(1)));
  try {
    const { results, failures } = await measure(bench);
    tell(results, { ...options, write: options.write && failures.length === 0 });
    if (failures.length > 0) throw new Error(failures.join("\n"));
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
