import { expect, test } from "@jest/globals";
import { Client } from "pg";
import { runMigrations } from "../../src/database/migrate.js";
import { migrations } from "../../src/database/migrations/index.js";
import { createEmptyDatabase } from "../support/database.js";

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

const migrationNames = migrations.map(({ name }) => name);

/** Runs the migrations of `replicas` at once, and `meanwhile` as soon as one of them has to wait. */
async function migrateWhile(url: string, meanwhile: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  let released: Promise<unknown> | undefined;
  const log = (line: string) => {
    lines.push(line);
    released ??= meanwhile();
  };
  await runMigrations({ url, log });
  await released;
  return lines;
}

test("replicas that start at once on an empty database apply every migration once", async () => {
  const { url } = await createEmptyDatabase();
  await Promise.all([1, 2, 3, 4].map(() => runMigrations({ url })));
  const client = await connected(url);
  const { rows } = await client.query("SELECT name FROM migrations ORDER BY id");
  await client.end();
  expect(rows.map(({ name }) => name)).toEqual(migrationNames);
});

test("a replica waits while another one migrates, and says so", async () => {
  const { url } = await createEmptyDatabase();
  const other = await connected(url);
  await other.query("SELECT pg_advisory_lock(x'67617465'::bigint)");
  const lines = await migrateWhile(url, () => other.end());
  expect(lines).toEqual(["Another replica is migrating the database; waiting for it."]);
});

test("a migration steps back from a table that requests are using, and tries again", async () => {
  const { url } = await createEmptyDatabase();
  await runMigrations({ url });
  const request = await connected(url);
  await request.query("BEGIN");
  await request.query("LOCK TABLE migrations IN ACCESS EXCLUSIVE MODE");
  const lines = await migrateWhile(url, () => request.end());
  expect(lines).toEqual(["A table to migrate is in use; trying again."]);
});

test("migrations leave no connection and no lock behind", async () => {
  const { url, adminUrl } = await createEmptyDatabase();
  await runMigrations({ url });
  const client = await connected(adminUrl);
  const { rows } = await client.query(
    `SELECT count(*)::int AS others FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  await client.end();
  expect(rows[0].others).toBe(0);
});
