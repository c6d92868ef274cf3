import { setTimeout as sleep } from "node:timers/promises";
import { runMigrations } from "../../src/database/migrate.js";
import type { Bench } from "../bench.js";
import type { BenchDatabase } from "../support/postgres.js";
import { clients, prepareSessions, rotateByStatement } from "./raw-statement.js";
import { type Figures, measureInRounds } from "./rounds.js";
import { type Measurable, measurable } from "./sample.js";

/** What a set of sessions that is rotated again and again leaves behind. */
export interface Rotations {
  rotations: number;
  sessions: number;
  rowsBefore: number;
  rowsAfter: number;
  /** Of the table with its indexes. */
  bytesBefore: number;
  bytesAfter: number;
  /** HOT updates among all. */
  hotShare: number;
}

export interface GrowthFigures {
  /** Sessions in the table, beginning with the fewest. */
  sizes: number[];
  refresh: Figures;
  million: Rotations;
}

/** Refreshed ones, from all over the table. */
const sampled = 5000;
const sessionsPerUser = 4;
const rotated = 50_000;
/** A statement that inserts more would only keep more in memory. */
const usersAtOnce = 250_000;
/** PostgreSQL's backends report what they did within a second. */
const reportMilliseconds = 1500;

/** Each was last used within the last month and has been rotated more than eight times. */
const insert = `
  WITH made AS (
    INSERT INTO users (id, email, password_hash)
    SELECT gen_random_uuid(), 'person-' || n || '@example.com', repeat('x', 60)
    FROM generate_series($1::int, $2::int) n RETURNING id
  )
  INSERT INTO sessions (id, user_id, transport, device, user_agent, rotated_at, created_at,
    created_by_ip, last_used_at, last_used_by_ip, expires_at, absolute_expires_at)
  SELECT gen_random_uuid(), id, 'BODY', 'Firefox on Linux',
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    array_fill(used, ARRAY[8]), used, '192.0.2.1', used, '192.0.2.1', used + interval '30 days',
    used + interval '180 days'
  FROM (SELECT id, clock_timestamp() - random() * interval '29 days' AS used FROM made) users,
    generate_series(1, ${sessionsPerUser})`;

/** Without the checks of foreign keys, which are right by themselves here. */
async function fill(bench: Bench, database: BenchDatabase, sessions: number): Promise<void> {
  await runMigrations({ url: database.url });
  const users = Math.ceil(sessions / sessionsPerUser);
  await database.query("SET session_replication_role = replica");
  for (let from = 1; from <= users; from += usersAtOnce) {
    const range = [from, Math.min(users, from + usersAtOnce - 1)];
    await database.query(insert, range);
    bench.say(`growth: ${(range[1] ?? 0) * sessionsPerUser} of ${sessions} sessions`);
  }
  await database.query("SET session_replication_role = origin");
  await database.query("VACUUM FREEZE ANALYZE");
}

/** How the figures call a table of that size. */
export const sizeName = (sessions: number) => `${sessions} sessions`;

async function prepareSize(bench: Bench, sessions: number): Promise<Measurable> {
  const database = await bench.createDatabase();
  await fill(bench, database, sessions);
  const running = await bench.start({ name: "gatehouse", database, seeds: sampled });
  return measurable({
    entry: {
      contender: sizeName(sessions),
      case: "refresh",
      label: `refresh, ${sessions.toLocaleString("en")} sessions`,
    },
    ...running,
    tool: bench.tool,
    connections: bench.options.connections,
  });
}

async function measureSizes(bench: Bench): Promise<Figures> {
  const { sizes, rounds, seconds } = bench.options;
  const measurables: Measurable[] = [];
  for (const size of sizes) measurables.push(await prepareSize(bench, size));
  // The first change of a page since a checkpoint writes all of it: that comes before the rounds.
  for (const { sample } of measurables) await sample(Math.max(5, seconds));
  return measureInRounds(measurables, { rounds, seconds, say: bench.say });
}

const sizeOf = async (database: BenchDatabase) => {
  const [row] = await database.query<{ rows: number; bytes: number; updates: number; hot: number }>(
    `SELECT (SELECT count(*) FROM sessions)::float8 AS rows,
       pg_total_relation_size('sessions')::float8 AS bytes,
       n_tup_upd::float8 AS updates, n_tup_hot_upd::float8 AS hot
     FROM pg_stat_user_tables WHERE relname = 'sessions'`,
  );
  if (row === undefined) throw new Error("there is no table of sessions");
  return row;
};

/** By the product's own statement, each rotation in its own transaction. */
async function measureMillion(bench: Bench): Promise<Rotations> {
  const database = await bench.createDatabase();
  await prepareSessions(database, rotated);
  const before = await sizeOf(database);
  const rotations = Math.ceil(bench.options.rotations / clients) * clients;
  bench.say(`growth: ${rotations} rotations`);
  await rotateByStatement(database, rotated, { rotations });
  await sleep(reportMilliseconds);
  const after = await sizeOf(database);
  return {
    rotations,
    sessions: rotated,
    rowsBefore: before.rows,
    rowsAfter: after.rows,
    bytesBefore: before.bytes,
    bytesAfter: after.bytes,
    hotShare: (after.hot - before.hot) / (after.updates - before.updates),
  };
}

/** What becomes of a refresh when there are more and more sessions, and when they live long. */
export async function measureGrowth(bench: Bench): Promise<GrowthFigures> {
  const million = await measureMillion(bench);
  const refresh = await measureSizes(bench);
  return { sizes: bench.options.sizes, refresh, million };
}
