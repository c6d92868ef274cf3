import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Running } from "../bench.js";
import { sendCounted } from "../load/counted.js";
import type { Case } from "../support/contender.js";
import { rotationsIn } from "./sample.js";

/** What a request costs the database. */
export interface Costs {
  /** By case: statements of the service a request, transactions' BEGIN and COMMIT among them. */
  statements: Record<string, number>;
  wal: WalCosts;
}

export interface WalCosts {
  rotations: number;
  /** Of the write-ahead log's records. */
  bytesPerRotation: number;
  /** Of images of pages that were written for the first time since the last checkpoint. */
  imageBytesPerRotation: number;
  /** Of both, for each session's first rotation after a checkpoint. */
  bytesPerFirstRotation: number;
}

/** Few, so that a slow machine comes to rotate each of them often. */
const walSessions = 400;
const walRounds = 10;

const counted: Record<string, number> = {
  refresh: 200,
  "refresh, forged": 200,
  me: 200,
  "mySessions of 100": 50,
  "sign-in": 10,
  register: 10,
};

/** PostgreSQL's backends report within a second. */
const reportMilliseconds = 1500;

/** What runs by the clock (heartbeat, outbox) is not counted: it is not there half as often. */
const callsOfService = `
  SELECT sum(calls)::float8 AS calls FROM pg_stat_statements
  WHERE userid = 'gatehouse'::regrole AND calls >= $1::float8 / 2`;

async function statementsOf(
  { postgres }: Bench,
  { url, wanted, count }: { url: string; wanted: Case; count: number },
): Promise<number> {
  await postgres.query("SELECT pg_stat_statements_reset()");
  const load = { url, case: wanted, tokens: wanted.seeds ?? [], connections: 1 };
  const outcome = await sendCounted({ ...load, count });
  if (outcome.failed > 0) throw new Error(`counting statements: ${outcome.example}`);
  // Each token is used once: what follows goes on with those that are left.
  wanted.seeds = outcome.tokens;
  const [row] = await postgres.query(callsOfService, [count]);
  return (row?.calls ?? 0) / count;
}

async function countStatements(
  bench: Bench,
  { contender: { url, cases } }: Running,
): Promise<Costs["statements"]> {
  await bench.postgres.countStatements(true);
  await sleep(reportMilliseconds);
  const statements: Costs["statements"] = {};
  for (const [name, count] of Object.entries(counted)) {
    const wanted = cases[name];
    if (wanted === undefined) throw new Error(`there is no case ${name}`);
    statements[name] = await statementsOf(bench, { url, wanted, count });
    bench.say(`statements of ${name}: ${statements[name]}`);
  }
  await bench.postgres.countStatements(false);
  await sleep(reportMilliseconds);
  return statements;
}

/** Rotates each session so many times. @returns bytes a rotation, and of how many */
async function walOfRotations(
  { contender, database }: Running,
  { connections, times }: { connections: number; times: number },
) {
  const wanted = contender.cases.refresh as Case;
  const position = async () => {
    await sleep(reportMilliseconds);
    const [row] = await database.query<{ at: string }>("SELECT pg_current_wal_flush_lsn() AS at");
    return { at: row?.at, rotations: await rotationsIn(database) };
  };
  const before = await position();
  const load = { url: contender.url, case: wanted, tokens: wanted.seeds ?? [], connections };
  const outcome = await sendCounted({ ...load, count: times * walSessions });
  if (outcome.failed > 0) throw new Error(`the write-ahead log: ${outcome.example}`);
  wanted.seeds = outcome.tokens;
  const after = await position();
  const [bytes] = await database.query<{ records: number; images: number }>(
    `SELECT sum(record_size)::float8 AS records, sum(fpi_size)::float8 AS images
     FROM pg_get_wal_stats($1, $2)`,
    [before.at, after.at],
  );
  const rotations = after.rotations - before.rotations;
  const { records = NaN, images = NaN } = bytes ?? {};
  return { rotations, records: records / rotations, images: images / rotations };
}

async function measureWal(
  { postgres, options: { connections } }: Bench,
  running: Running,
): Promise<WalCosts> {
  await postgres.autovacuum(false);
  await running.database.query("CREATE EXTENSION IF NOT EXISTS pg_walinspect");
  // The first rotations of a session make its row longer.
  await walOfRotations(running, { connections, times: walRounds });
  await running.database.query("CHECKPOINT");
  const first = await walOfRotations(running, { connections, times: 1 });
  const settled = await walOfRotations(running, { connections, times: walRounds });
  await postgres.autovacuum(true);
  return {
    rotations: settled.rotations,
    bytesPerRotation: settled.records,
    imageBytesPerRotation: settled.images,
    bytesPerFirstRotation: first.records + first.images,
  };
}

/** Statements that a request costs, and bytes of the write-ahead log that a rotation costs. */
export async function measureCosts(bench: Bench): Promise<Costs> {
  const running = await bench.start({ name: "gatehouse", seeds: walSessions });
  const statements = await countStatements(bench, running);
  const wal = await measureWal(bench, running);
  bench.say(`WAL: ${wal.bytesPerRotation.toFixed(0)} bytes a rotation`);
  await running.contender.end();
  return { statements, wal };
}
