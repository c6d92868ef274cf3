import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Pool } from "pg";
import { runMigrations } from "../../src/database/migrate.js";
import { rotateAlone } from "../../src/sessions/rotate.js";
import { TokenTransport } from "../../src/sessions/token-transport.js";
import type { BenchDatabase } from "../support/postgres.js";
import { percentile } from "../support/statistics.js";
import type { Entry } from "./entries.js";
import type { Measurable, Sample } from "./sample.js";

const execute = promisify(execFile);

/** As many as the service has connections. */
export const clients = 10;

/** Which session a client rotates next, and from which generation: each in turn. */
const ownSessions = (perClient: number) => `
\\set k :k + 1
\\set n :client_id * ${perClient} + :k % ${perClient}
\\set g :k / ${perClient}
`;

const sessionId = (n: string) => `('00000000-0000-4000-8000-' || lpad(${n}::text, 12, '0'))::uuid`;

const config = { refreshTokenTtlSeconds: 2_592_000 };

/** The product's statement, as it would send it. */
async function statementText(): Promise<string> {
  let text = "";
  const pool = {
    query: async (statement: { text: string }) => {
      text = statement.text;
      return { rows: [] };
    },
  } as unknown as Pool;
  const transport = TokenTransport.BODY;
  const rotation = {
    sessionId: "",
    from: 0,
    generation: 0,
    transport,
    retryKeyHash: null,
    ip: null,
  };
  await rotateAlone(pool, config, rotation);
  return text;
}

const pgbenchValues: Record<string, string> = {
  $1: sessionId(":n"),
  $2: ":g",
  $3: ":g",
  $4: "'BODY'",
  $5: "NULL::bytea",
  $6: "'127.0.0.1'",
  $7: String(config.refreshTokenTtlSeconds),
};

const pgbenchScript = (text: string, perClient: number) =>
  `${ownSessions(perClient)}${text
    .replace(/\$[1-7]/g, (parameter) => pgbenchValues[parameter] ?? parameter)
    .replace(/\s*\n\s*/g, " ")};\n`;

const hasPgbench = () => spawnSync("pgbench", ["--version"]).error === undefined;

/** Migrated, with sessions that a client finds by their number. */
export async function prepareSessions(database: BenchDatabase, sessions: number): Promise<void> {
  await runMigrations({ url: database.url });
  await database.query(
    `WITH one AS (INSERT INTO users (email, password_hash) VALUES ('one@example.com', 'none') RETURNING id)
     INSERT INTO sessions (id, user_id, transport, device, user_agent, created_at, created_by_ip,
       last_used_at, last_used_by_ip, expires_at, absolute_expires_at)
     SELECT ${sessionId("n")}, one.id, 'BODY', 'Firefox on Linux',
       'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', clock_timestamp(),
       '192.0.2.1', clock_timestamp(), '192.0.2.1', clock_timestamp() + interval '30 days',
       clock_timestamp() + interval '180 days'
     FROM one, generate_series(0, $1::int - 1) n`,
    [sessions],
  );
  await database.query("VACUUM ANALYZE");
}

/** How long, or how often. */
export type Extent = { seconds: number } | { rotations: number };

async function readLatencies(folder: string): Promise<Pick<Sample, "p50" | "p99">> {
  const milliseconds = readdirSync(folder)
    .filter((name) => name.startsWith("log."))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"))
    .map((line) => Number(line.split(" ")[2]) / 1000);
  return { p50: percentile(milliseconds, 0.5), p99: percentile(milliseconds, 0.99) };
}

async function runPgbench(url: string, script: string, extent: Extent): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-pgbench-"));
  const file = join(folder, "script.sql");
  writeFileSync(file, script);
  const isTimed = "seconds" in extent;
  const often = isTimed ? ["-T", `${extent.seconds}`] : ["-t", `${extent.rotations / clients}`];
  const log = isTimed ? ["-l", "--log-prefix", join(folder, "log")] : [];
  const args = ["-n", "-M", "prepared", "-c", `${clients}`, ...often, "-D", "k=-1", "-f", file];
  try {
    const { stdout } = await execute("pgbench", [...args, ...log, url]);
    const answers = Number(/actually processed: (\d+)/.exec(stdout)?.[1]);
    const requestsPerSecond = Number(/tps = ([\d.]+) \(without/.exec(stdout)?.[1]);
    return { requestsPerSecond, answers, ...(isTimed ? await readLatencies(folder) : {}) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same by pg in this process: slower, but everywhere. */
async function runPg(url: string, perClient: number, extent: Extent): Promise<Sample> {
  const pool = new Pool({ connectionString: url, max: clients });
  const took: number[] = [];
  const begun = performance.now();
  const each = "rotations" in extent ? extent.rotations / clients : Number.POSITIVE_INFINITY;
  const end = "seconds" in extent ? begun + extent.seconds * 1000 : Number.POSITIVE_INFINITY;
  const rotateAll = async (client: number) => {
    for (let k = 0; k < each && performance.now() < end; k++) {
      const generation = Math.floor(k / perClient);
      const number = String(client * perClient + (k % perClient)).padStart(12, "0");
      const sent = performance.now();
      await rotateAlone(pool, config, {
        ...{ sessionId: `00000000-0000-4000-8000-${number}`, generation, from: generation },
        ...{ transport: TokenTransport.BODY, retryKeyHash: null, ip: "127.0.0.1" },
      });
      took.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => rotateAll(client)));
  await pool.end();
  return {
    requestsPerSecond: took.length / ((performance.now() - begun) / 1000),
    answers: took.length,
    ...{ p50: percentile(took, 0.5), p99: percentile(took, 0.99) },
  };
}

/**
 * Rotates sessions that `prepareSessions` has made, each from its first generation.
 * @param sessions a multiple of `clients`
 * @throws {Error} unless each of them was a true rotation
 */
export async function rotateByStatement(
  database: BenchDatabase,
  sessions: number,
  extent: Extent,
): Promise<Sample> {
  const perClient = sessions / clients;
  const sample = hasPgbench()
    ? await runPgbench(database.url, pgbenchScript(await statementText(), perClient), extent)
    : await runPg(database.url, perClient, extent);
  const [row] = await database.query("SELECT sum(generation)::float8 AS n FROM sessions");
  if (row?.n === sample.answers) return { ...sample, rotations: row.n };
  throw new Error(`the bare statement: ${sample.answers} were sent, ${row?.n} rotated a session`);
}

/** Where the bare statement is measured again and again. */
export function rawStatement(entry: Entry, database: BenchDatabase, sessions: number): Measurable {
  return {
    entry,
    async sample(seconds) {
      await database.query("UPDATE sessions SET generation = 0, rotated_at = '{}'");
      await database.query("VACUUM sessions");
      return rotateByStatement(database, sessions, { seconds });
    },
  };
}
