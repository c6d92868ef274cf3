import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../support/database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

test("the migrations make exactly what the entities describe", async () => {
  const drift = await database.dataSource.driver.createSchemaBuilder().log();
  expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
});

test("every migration can be undone and done again", async () => {
  const { dataSource } = database;
  const names = dataSource.migrations.map((migration) => migration.constructor.name);
  for (const _ of names) await dataSource.undoLastMigration({ transaction: "each" });
  const tables = await dataSource.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'",
  );
  expect(tables).toEqual([]);
  const done = await dataSource.runMigrations({ transaction: "each" });
  expect(done.map(({ name }) => name)).toEqual(names);
});
