import { setTimeout as sleep } from "node:timers/promises";
import { sendCounted } from "../load/counted.js";
import type { LoadTool, Outcome } from "../load/load.js";
import type { Contender } from "../support/contender.js";
import type { BenchDatabase } from "../support/postgres.js";
import { cpuMicroseconds, residentMegabytes } from "../support/process-usage.js";
import { type Entry, keyOf } from "./entries.js";

/** What one load of one entry has shown. */
export interface Sample {
  requestsPerSecond: number;
  /** Milliseconds; absent where the tool does not tell. */
  p50?: number;
  p99?: number;
  /** Of the server's process with all its threads, a request. */
  cpuMicroseconds?: number;
  /** Of the server's process at the end of the load. */
  residentMegabytes?: number;
  answers: number;
  /** That the database has counted meanwhile. */
  rotations?: number;
}

/** An entry that is ready to be measured again and again. */
export interface Measurable {
  entry: Entry;
  /** What does not count before a sample: a server has had nothing to do since its last one. */
  runIn?(): Promise<void>;
  sample(seconds: number): Promise<Sample>;
}

const runInSeconds = 1;

const settleMilliseconds = 100;
/** A machine that is busy with other things may let a request lie for a while. */
const settledAfter = 5;

async function countRotations(database: BenchDatabase): Promise<number> {
  const [row] = await database.query("SELECT sum(generation)::float8 AS n FROM sessions");
  return row?.n ?? 0;
}

/** Once what was under way at the end of a load is over: nothing has moved for half a second. */
export async function rotationsIn(database: BenchDatabase): Promise<number> {
  let known = await countRotations(database);
  for (let same = 0; same < settledAfter; same++) {
    await sleep(settleMilliseconds);
    const now = await countRotations(database);
    if (now !== known) same = -1;
    known = now;
  }
  return known;
}

/** @throws {Error} unless every answer was a rotation, and every rotation but the last ones an answer */
function checkRotations(name: string, sample: Sample, connections: number): void {
  const { rotations = 0, answers } = sample;
  if (rotations >= answers && rotations <= answers + connections) return;
  throw new Error(`${name}: ${answers} answers, but ${rotations} rotations in the database`);
}

function checkAnswers(name: string, { failed, answers, example }: Outcome): void {
  if (failed > 0) throw new Error(`${name}: ${failed} of ${answers} answers failed: ${example}`);
  if (answers === 0) throw new Error(`${name}: there was no answer at all`);
}

export interface MeasurableParts {
  entry: Entry;
  contender: Contender;
  database: BenchDatabase;
  tool: LoadTool;
  connections: number;
}

/** @throws {Error} for a case that the contender has not */
export function measurable(parts: MeasurableParts): Measurable {
  const { entry, contender, database, tool } = parts;
  const name = keyOf(entry);
  const wanted = contender.cases[entry.case];
  if (wanted === undefined) throw new Error(`${contender.name} has no case ${entry.case}`);
  const connections = entry.connections ?? parts.connections;
  let tokens = wanted.seeds ?? [];

  const load = async (seconds: number): Promise<Outcome> => {
    const load = { url: contender.url, case: wanted, tokens, connections };
    const { count } = entry;
    const outcome = await (count
      ? sendCounted({ ...load, count })
      : tool.run({ ...load, seconds }));
    checkAnswers(name, outcome);
    tokens = outcome.tokens;
    return outcome;
  };

  return {
    entry,
    async runIn() {
      if (entry.count !== undefined) return;
      await load(runInSeconds);
      if (entry.rotates) await rotationsIn(database);
    },
    async sample(seconds) {
      const before = entry.rotates ? await countRotations(database) : 0;
      const cpuBefore = cpuMicroseconds(contender.pid);
      const { answers, seconds: took, p50, p99 } = await load(seconds);
      const cpu = cpuMicroseconds(contender.pid) - cpuBefore;
      const sample: Sample = {
        requestsPerSecond: answers / took,
        p50,
        p99,
        cpuMicroseconds: cpu / answers,
        residentMegabytes: residentMegabytes(contender.pid),
        answers,
      };
      if (!entry.rotates) return sample;
      sample.rotations = (await rotationsIn(database)) - before;
      checkRotations(name, sample, connections);
      return sample;
    },
  };
}
