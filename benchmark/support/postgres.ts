import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type QueryResultRow } from "pg";
import { startEmbeddedDatabase } from "../../src/database/embedded/index.js";
import { withDatabase } from "../../test/support/test-run.js";

/** Where they differ from PostgreSQL's own: fsync, synchronous_commit and full_page_writes do not. */
const serverSettings = {
  // A quarter of a small machine's memory, as PostgreSQL's manual advises.
  shared_buffers: "1GB",
  // No checkpoint in the middle of a round.
  max_wal_size: "8GB",
  checkpoint_timeout: "1h",
  shared_preload_libraries: "pg_stat_statements",
};

/** One database on the server of this run. */
export interface BenchDatabase {
  /** For a service: its role owns the database. */
  url: string;
  /** As PostgreSQL's superuser. */
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  end(): Promise<void>;
}

export interface Postgres {
  version: string;
  /** In the database where statements are counted, of all databases. */
  query: BenchDatabase["query"];
  /** With nothing in it. */
  create(name: string): Promise<BenchDatabase>;
  drop(database: string): Promise<void>;
  /** Whether statements are counted: they are not while speed is measured. */
  countStatements(on: boolean): Promise<void>;
  /** Autovacuum comes by the clock: what it writes is nobody's whose writing is counted. */
  autovacuum(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

async function connect(adminUrl: string, url: string): Promise<BenchDatabase> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  return {
    url,
    query: async (text, values) => (await client.query(text, values)).rows,
    end: () => client.end(),
  };
}

/** A PostgreSQL of our own with its data on the disk; gone afterwards. */
export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-benchmark-"));
  const server = await startEmbeddedDatabase({ dataDir: folder, settings: serverSettings });
  const admin = await connect(withDatabase(server.adminUrl, "postgres"), server.url);
  await admin.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  const alterSystem = async (setting: string) => {
    await admin.query(`ALTER SYSTEM SET ${setting}`);
    await admin.query("SELECT pg_reload_conf()");
  };
  const postgres: Postgres = {
    version: (await admin.query("SHOW server_version"))[0]?.server_version,
    query: admin.query,
    async create(name) {
      await admin.query(`CREATE DATABASE "${name}" OWNER gatehouse`);
      return connect(withDatabase(server.adminUrl, name), withDatabase(server.url, name));
    },
    async drop(name) {
      await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`);
    },
    countStatements: (on) => alterSystem(`pg_stat_statements.track = '${on ? "top" : "none"}'`),
    autovacuum: (on) => alterSystem(`autovacuum = ${on ? "on" : "off"}`),
    async stop() {
      await admin.end();
      await server.stop();
      for (const path of [folder, server.folder]) rmSync(path, { recursive: true, force: true });
    },
  };
  await postgres.countStatements(false);
  return postgres;
}
