import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "./database.js";
import { findLeaks, makeNeedles } from "./find-leaks.js";
import { recordSecret } from "./issued-secrets.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.dataSource.query(
    `CREATE TABLE attic (id serial, words text, bytes bytea, list text[], document jsonb)`,
  );
});
afterAll(() => database.close());

/** Not recorded: these are put where the end of the run would find them. */
const secret = `gate_${randomBytes(40).toString("base64url")}`;
const bytes = Buffer.from(secret);

const look = () => findLeaks(database.adminUrl, makeNeedles([secret]));

test.each<[string, string, unknown]>([
  ["as it is", "words", secret],
  ["inside other words", "words", `Bearer ${secret}; and more`],
  ["in hex", "words", bytes.toString("hex")],
  ["in base64", "words", bytes.toString("base64")],
  ["in base64url", "words", bytes.toString("base64url")],
  ["as bytes", "bytes", bytes],
  ["as the bytes of its base64", "bytes", Buffer.from(bytes.toString("base64"))],
  ["as the bytes that it spells", "bytes", Buffer.from(secret.slice(5), "base64url")],
  ["in an array", "list", ["a", secret]],
  ["in a document", "document", { deep: [{ inside: secret }] }],
])("a secret that is stored %s is found, with its column", async (_, column, value) => {
  await database.dataSource.query("TRUNCATE attic");
  await database.dataSource.query(`INSERT INTO attic (${column}) VALUES ($1)`, [value]);
  expect((await look()).columns).toEqual([`public.attic.${column}`]);
});

test("what only resembles a secret is not taken for one", async () => {
  await database.dataSource.query("TRUNCATE attic");
  await database.dataSource.query("INSERT INTO attic (words, bytes) VALUES ($1, $2)", [
    secret.slice(0, -1),
    bytes.subarray(1),
  ]);
  const { columns, rows } = await look();
  expect(columns).toEqual([]);
  expect(rows).toBeGreaterThan(1);
  await database.dataSource.query("TRUNCATE attic");
});

test("a secret that would be found everywhere is not taken", () => {
  expect(() => recordSecret("123456")).toThrow("6 characters");
});
