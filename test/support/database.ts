import { randomBytes } from "node:crypto";
import { relative, sep } from "node:path";
import { expect } from "@jest/globals";
import { Client } from "pg";
import type { DataSource } from "typeorm";
import { createDataSource } from "../../src/database/data-source.js";
import { testRun, withDatabase } from "./test-run.js";

export interface TestDatabase {
  /** For the service's own role. */
  url: string;
  /** For PostgreSQL's superuser, where the test has one. */
  adminUrl: string;
  /** Initialised and migrated; as the service has it. */
  dataSource: DataSource;
  /**
   * Closes the connections. The database stays until the end of the run, when all that tests have
   * left is searched for secrets.
   */
  close(): Promise<void>;
}

/** sessions/refresh.test.ts → sessions_refresh_1a2b3c; PostgreSQL's names have 63 bytes. */
function databaseName(prefix: string): string {
  const file = relative("test", expect.getState().testPath ?? "unknown");
  const words = file
    .replace(/\.test\.ts$/, "")
    .split(sep)
    .join("_");
  const name = words
    .replace(/[^a-z0-9]+/gi, "_")
    .toLowerCase()
    .slice(0, 40);
  return `${prefix}${name}_${randomBytes(3).toString("hex")}`;
}

/** One at a time: two copies of one template at once would find each other in it. */
const turn = "SELECT pg_advisory_lock(hashtext('gatehouse test template'))";

async function makeDatabase(name: string, template?: string): Promise<void> {
  const { adminUrl, serviceUrl } = testRun();
  const owner = decodeURIComponent(new URL(serviceUrl).username);
  const copied = template === undefined ? "" : `TEMPLATE "${template}"`;
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(turn);
    await client.query(`CREATE DATABASE "${name}" OWNER "${owner}" ${copied}`);
  } finally {
    await client.end();
  }
}

const addresses = (name: string) => {
  const { adminUrl, serviceUrl } = testRun();
  return { url: withDatabase(serviceUrl, name), adminUrl: withDatabase(adminUrl, name) };
};

/** A database with nothing in it, for tests of the migrations. */
export async function createEmptyDatabase(): Promise<{ url: string; adminUrl: string }> {
  const name = databaseName(testRun().prefix);
  await makeDatabase(name);
  return addresses(name);
}

/** A migrated database of the test's own, as PostgreSQL really is: nothing of it is shared. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { prefix, template } = testRun();
  const name = databaseName(prefix);
  await makeDatabase(name, template);
  const { url, adminUrl } = addresses(name);
  const dataSource = await createDataSource({ url, poolSize: 10 }).initialize();
  return { url, adminUrl, dataSource, close: () => dataSource.destroy() };
}
