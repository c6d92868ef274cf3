import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Pool } from "pg";
import { poolOf } from "../../src/database/pool.js";
import { checkPeppers, MissingPepperError } from "../../src/passwords/index.js";
import { pepperId } from "../../src/passwords/pepper.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = poolOf(database.dataSource);
});
afterAll(() => database.close());

const insertUsers = (count: number, pepper: string | null) =>
  pool.query(
    `INSERT INTO users (email, password_hash, pepper_id)
     SELECT gen_random_uuid() || '@example.com', 'hash', $2 FROM generate_series(1, $1)`,
    [count, pepper],
  );

test("the boot stops, with the count, when stored hashes name a pepper that is missing", async () => {
  const [current, older, lost, alsoLost] = Array.from({ length: 4 }, () => randomBytes(32)) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const check = (...passwordPeppers: Buffer[]) => checkPeppers(pool, { passwordPeppers });
  await expect(check(current)).resolves.toBeUndefined();

  await insertUsers(3, null);
  await insertUsers(5, pepperId(current));
  await insertUsers(2, pepperId(older));
  await expect(check(current, older)).resolves.toBeUndefined();
  await expect(check(older, current)).resolves.toBeUndefined();

  await insertUsers(4, pepperId(lost));
  await insertUsers(1, pepperId(alsoLost));
  const error = await check(current, older).catch((reason) => reason);
  expect(error).toBeInstanceOf(MissingPepperError);
  expect(error.count).toBe(5);
  expect(error.message).toMatch(/^PASSWORD_PEPPER lacks the pepper under the passwords of 5 users/);
  expect(error.message).not.toContain("\n");
  await expect(check(current)).rejects.toMatchObject({ count: 7 });
});
