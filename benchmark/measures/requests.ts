import { basename, extname, resolve } from "node:path";
import type { Bench, Running } from "../bench.js";
import { installPeers } from "../support/peers.js";
import { type Entry, entriesOf, isWanted, ownEntries } from "./entries.js";
import { prepareSessions, rawStatement } from "./raw-statement.js";
import { type Figures, measureInRounds } from "./rounds.js";
import { type Measurable, measurable } from "./sample.js";

const rawSessions = 1000;

/** Those of ours that an entry is wanted of. */
async function startOwn(bench: Bench, entries: readonly Entry[]): Promise<Running[]> {
  const names = new Set(entries.map(({ contender }) => contender));
  names.delete("raw-statement");
  const running: Running[] = [];
  for (const name of names) running.push(await bench.start({ name }));
  return running;
}

/** Others make each session by their own interface, which takes its time: as few as will do. */
const seedsFor = ({ rounds, connections }: Bench["options"]) => (rounds + 3) * connections * 2;

async function startOthers(bench: Bench): Promise<Running[]> {
  const { peers, contender } = bench.options;
  const files = peers ? installPeers() : [];
  if (contender !== undefined)
    files.push({ name: basename(contender, extname(contender)), file: resolve(contender) });
  const running: Running[] = [];
  for (const { name, file } of files) {
    bench.say(`starting ${name}`);
    running.push(await bench.start({ name, file, seeds: seedsFor(bench.options) }));
  }
  return running;
}

async function ready(bench: Bench, entry: Entry, running: Running[]): Promise<Measurable> {
  const found = running.find(({ contender }) => contender.name === entry.contender);
  if (found !== undefined)
    return measurable({
      ...{ entry, ...found, tool: bench.tool },
      connections: bench.options.connections,
    });
  const database = await bench.createDatabase();
  await prepareSessions(database, rawSessions);
  return rawStatement(entry, database, rawSessions);
}

/** Every way of a request beside its floor, and peers beside both, in interleaved rounds. */
export async function measureRequests(bench: Bench): Promise<Figures> {
  const { only, rounds, seconds } = bench.options;
  const own = ownEntries.filter((entry) => isWanted(entry, only));
  const ours = await startOwn(bench, own);
  const others = await startOthers(bench);
  const foreign = others
    .flatMap(({ contender }) => entriesOf(contender))
    .filter((entry) => isWanted(entry, only));
  const entries = [...own, ...foreign];
  if (entries.length === 0) throw new Error(`no request is called ${only.join(" or ")}`);
  const measurables: Measurable[] = [];
  for (const entry of entries) measurables.push(await ready(bench, entry, [...ours, ...others]));
  const figures = await measureInRounds(measurables, { rounds, seconds, say: bench.say });
  for (const { contender } of [...ours, ...others]) await contender.end();
  return figures;
}
