import { randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { runMigrations } from "../../src/database/migrate.js";
import { RevocationFeed1763683400000 } from "../../src/database/migrations/1763683400000-revocation-feed.js";
import { migrations } from "../../src/database/migrations/index.js";
import { ask as askDatabase } from "../database/processes.js";
import { testSettings } from "../support/app.js";
import { askApp, askUrl } from "../support/ask.js";
import { checkFaultDidNoHarm, sessionRecords } from "../support/check-journal.js";
import { createEmptyDatabase, createTestDatabase } from "../support/database.js";
import { honestClient, type JournalEntry } from "../support/honest-client.js";
import { newCredentials, newMember, refreshTokenOf } from "../support/personas.js";
import { startReplica } from "../support/replica.js";
import { runService, startService } from "../support/service-process.js";

test("two replicas that start at once on an empty database both serve it", async () => {
  const { url } = await createEmptyDatabase();
  const settings = testSettings({ DATABASE_URL: url });
  const services = await Promise.all([startService(settings), startService(settings)]);
  const [one, other] = services.map((service) => askUrl(service.url));
  const signedUp = await one?.("register", { input: newCredentials() });
  const { accessToken } = signedUp?.data.register.auth ?? {};
  expect((await other?.("mySessions", {}, accessToken))?.outcome).toBe("ok");
  expect(await askDatabase(url, "SELECT count(*)::int FROM migrations")).toBe(migrations.length);
  expect(await Promise.all(services.map((service) => service.end("SIGTERM")))).toEqual([0, 0]);
}, 60_000);

test("a migration under traffic loses no request", async () => {
  const database = await createTestDatabase();
  const replica = await startReplica({ url: database.url, settings: testSettings() });
  const ask = askApp(replica.app);
  const journal: JournalEntry[] = [];
  const members = await Promise.all(Array.from({ length: 4 }, () => newMember(replica.app)));
  const clients = members.map(({ auth }) => honestClient(ask, auth, journal));

  const runner = database.dataSource.createQueryRunner();
  await new RevocationFeed1763683400000().down(runner);
  await runner.query("DELETE FROM migrations WHERE name = 'RevocationFeed1763683400000'");
  await runner.release();

  let stop = false;
  const working = clients.map(async (client) => {
    while (!stop) await client.refresh();
  });
  await runMigrations({ url: database.url });
  stop = true;
  await Promise.all(working);

  expect(new Set(journal.map(({ outcome }) => outcome))).toEqual(new Set(["ok"]));
  const read = () => database.dataSource.query(sessionRecords);
  await checkFaultDidNoHarm({ clients, journal, ask, read });
  const announcing = await askDatabase(
    database.url,
    "SELECT count(*)::int FROM pg_trigger WHERE tgname = 'sessions_ended'",
  );
  expect(announcing).toBe(1);
  await replica.close();
  await database.close();
});

describe("what cannot start says why in a line, and ends", () => {
  test.each([
    ["a wrong password of the database", { wrongPassword: true }, /refused the password/],
    ["a listener that finds no database", { listener: true }, /cannot be reached|no such database/],
    ["no secret in production", { production: true }, /AUTH_SECRET is required in production/],
  ])(
    "%s",
    async (_what, { wrongPassword, listener, production }: Record<string, boolean>, line) => {
      const { url } = await createEmptyDatabase();
      const address = new URL(url);
      if (wrongPassword) address.password = "wrong";
      const { AUTH_SECRET, ...withoutSecret } = testSettings({ DATABASE_URL: address.href });
      const settings: Record<string, string> = production
        ? { ...withoutSecret, NODE_ENV: "production" }
        : { ...withoutSecret, AUTH_SECRET };
      if (listener) settings.DATABASE_LISTEN_URL = "postgres://nobody@127.0.0.1:1/nothing";
      const { code, output } = await runService({ ...settings, LOG_LEVEL: "silent" });
      expect(code).toBe(1);
      expect(output).toMatch(line);
      expect(output).not.toMatch(/^\s+at /m);
      expect(output).not.toContain(address.password);
    },
    60_000,
  );
});

test("a secret that is rotated by the list signs nobody out; one that is gone ends nothing either", async () => {
  const database = await createTestDatabase();
  const secret = () => randomBytes(32).toString("base64");
  const [former, next] = [secret(), secret()];
  const settings = testSettings({ AUTH_SECRET: former });
  const start = (list: string) =>
    startReplica({ url: database.url, settings: { ...settings, AUTH_SECRET: list } });

  const before = await start(former);
  const { auth } = await newMember(before.app);
  const without = await start(next);
  const refused = await askApp(without.app)("refreshToken", { refreshToken: refreshTokenOf(auth) });
  expect(refused.outcome).toBe("INVALID_REFRESH_TOKEN");
  const after = await start(`${next},${former}`);
  const renewed = await askApp(after.app)("refreshToken", { refreshToken: refreshTokenOf(auth) });
  expect(renewed.outcome).toBe("ok");
  const { refreshToken } = renewed.data.refreshToken;
  expect((await askApp(without.app)("refreshToken", { refreshToken })).outcome).toBe("ok");
  await Promise.all([before, without, after].map((replica) => replica.close()));
  await database.close();
});
