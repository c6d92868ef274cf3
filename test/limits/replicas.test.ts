import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { testSettings } from "../support/app.js";
import { run } from "../support/client.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { newCredentials, newMember } from "../support/personas.js";
import { type Replica, startReplica } from "../support/replica.js";

const settings = testSettings({ RATE_LIMITS: "on" });
let database: TestDatabase;
let replicas: Replica[];
const start = () => startReplica({ url: database.url, settings });
beforeAll(async () => {
  database = await createTestDatabase();
  replicas = [await start(), await start()];
});
afterAll(async () => {
  for (const replica of replicas) await replica.close();
  await database.close();
});

const guessAt = ({ app }: Replica, email: string, remoteAddress: string) =>
  run(app, "login", { input: { email, password: "a wrong one" } }, { remoteAddress });

test("what is spent on one replica is spent on the other, and still after a restart", async () => {
  const [one, other] = replicas as [Replica, Replica];
  const { email } = await newMember(one.app);
  const from = "203.0.113.5";
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, at) => guessAt(at % 2 ? one : other, email, from)),
  );
  const checked = answers.filter(({ code }) => code === "INVALID_CREDENTIALS");
  expect(checked).toHaveLength(5);
  const restarted = await start();
  replicas.push(restarted);
  expect((await guessAt(restarted, email, from)).code).toBe("RATE_LIMITED");
  expect((await guessAt(restarted, email, "203.0.113.6")).code).toBe("INVALID_CREDENTIALS");
});

test("who signed in on one replica is known on the other", async () => {
  const [one, other] = replicas as [Replica, Replica];
  const home = { remoteAddress: "198.51.100.3" };
  const { email, password } = await newMember(one.app, {}, home);
  await Promise.all(
    Array.from({ length: 25 }, (_, at) => guessAt(other, email, `2001:db8:9:${at + 1}::1`)),
  );
  const login = (extras: object) => run(other.app, "login", { input: { email, password } }, extras);
  expect((await login({ remoteAddress: "203.0.113.77" })).code).toBe("RATE_LIMITED");
  expect((await login(home)).code).toBeUndefined();
});

test("a database that is gone lets nobody guess", async () => {
  const [one] = replicas as [Replica];
  const { pool } = one;
  const query = pool.query;
  pool.query = (() => Promise.reject(new Error("Connection terminated unexpectedly"))) as never;
  const { code } = await run(one.app, "login", { input: newCredentials() });
  pool.query = query;
  expect(code).toBe("OVERLOADED");
});
