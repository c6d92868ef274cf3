import { beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { DatabaseStartError } from "../../src/database/database-start-error.js";
import { openDatabase } from "../../src/database/open.js";
import { createEmptyDatabase } from "../support/database.js";
import { startFakeServer } from "./fake-server.js";

const silent = pino({ level: "silent" });

let url: URL;
beforeAll(async () => {
  url = new URL((await createEmptyDatabase()).url);
});

/** The same address with another part. */
const changed = (part: Partial<URL>) => Object.assign(new URL(url), part).href;

const open = (databaseUrl: string) =>
  openDatabase({ databaseUrl, databasePool: 2, dataDir: "unused" }, silent);

/** The message that the operator reads. */
async function refusal(databaseUrl: string): Promise<string> {
  const error = await open(databaseUrl).then(
    async (opened) => {
      await opened.close();
      throw new Error("it opened");
    },
    (error) => error,
  );
  expect(error).toBeInstanceOf(DatabaseStartError);
  return error.message;
}

test("an empty database is migrated and then open", async () => {
  const { dataSource, notice, close } = await open(url.href);
  expect(await dataSource.query("SELECT count(*)::int AS users FROM users")).toEqual([
    { users: 0 },
  ]);
  expect(notice).toBeUndefined();
  await close();
  expect(dataSource.isInitialized).toBe(false);
});

test("a wrong password is named, and not printed", async () => {
  const message = await refusal(changed({ password: "wrong-password" }));
  expect(message).toContain("refused the password of DATABASE_URL");
  expect(message).not.toContain("wrong-password");
});

test("an unknown user is told like a wrong password", async () => {
  expect(await refusal(changed({ username: "nobody-knows" }))).toContain("refused the password");
});

test("a database that does not exist is named", async () => {
  const message = await refusal(changed({ pathname: "/missing" }));
  expect(message).toContain("/missing");
  expect(message).toContain("has no such database");
});

test("a server that is not there is named with its address", async () => {
  const message = await refusal(changed({ port: "1" }));
  expect(message).toContain("127.0.0.1:1");
  expect(message).toContain("cannot be reached");
});

test("a host that does not exist is named", async () => {
  expect(await refusal(changed({ hostname: "database.invalid" }))).toContain("cannot be reached");
});

test("a server without TLS is told from one that is not there", async () => {
  expect(await refusal(changed({ search: "?sslmode=verify-full" }))).toContain("by TLS");
});

test("a PostgreSQL before 14 is refused with its version", async () => {
  const { url, server } = await startFakeServer("130004");
  const message = await refusal(url);
  expect(message).toContain("is version 13; Gatehouse needs 14 or newer");
  expect(message).not.toContain("pass-word");
  server.close();
});

test("every refusal is one line", async () => {
  const lines = (await refusal(changed({ port: "1" }))).split("\n");
  expect(lines).toHaveLength(1);
});
