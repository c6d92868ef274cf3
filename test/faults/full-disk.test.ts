import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { Client } from "pg";
import { startEmbeddedDatabase } from "../../src/database/embedded/index.js";
import { testSettings } from "../support/app.js";
import { askUrl } from "../support/ask.js";
import {
  checkFaultDidNoHarm,
  type SessionRecord,
  sessionRecords,
} from "../support/check-journal.js";
import { createTestDatabase } from "../support/database.js";
import { honestClient, type JournalEntry } from "../support/honest-client.js";
import { newCredentials } from "../support/personas.js";
import { isLongRun } from "../support/scale.js";
import { startService, startServiceLoggingTo } from "../support/service-process.js";
import { until } from "../support/until.js";

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** A small disk of its own, where we may mount one. */
const mount = (folder: string, megabytes: number) =>
  spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "none", folder])
    .status === 0;
const unmount = (folder: string) => spawnSync("umount", ["-l", folder]);

const mayMount = (() => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-mount-"));
  const mounted = mount(folder, 1);
  if (mounted) unmount(folder);
  rmSync(folder, { recursive: true });
  return mounted;
})();

/** Takes all the room there is. */
function fill(file: string): void {
  const megabyte = Buffer.alloc(1_000_000);
  try {
    for (;;) appendFileSync(file, megabyte);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
  }
}

const onLinux = existsSync("/dev/full") ? test : test.skip;
const withMount = isLongRun && mayMount ? test : test.skip;

onLinux(
  "a log that cannot be written stops nobody, not even the end of the process",
  async () => {
    const database = await createTestDatabase();
    const settings = testSettings({ DATABASE_URL: database.url });
    const service = await startServiceLoggingTo("/dev/full", await freePort(), settings);
    const ask = askUrl(service.url);
    for (let i = 0; i < 5; i++)
      expect((await ask("register", { input: newCredentials() })).outcome).toBe("ok");
    expect(await service.end("SIGTERM")).toBe(0);
    await database.close();
  },
  60_000,
);

withMount(
  "a log whose disk was full goes on when there is room",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-log-"));
    mount(folder, 4);
    const [log, filler] = [join(folder, "log"), join(folder, "filler")];
    const database = await createTestDatabase();
    const settings = testSettings({ DATABASE_URL: database.url });
    const service = await startServiceLoggingTo(log, await freePort(), settings);
    const ask = askUrl(service.url);
    fill(filler);
    for (let i = 0; i < 50; i++)
      expect((await ask("register", { input: newCredentials() })).outcome).toBe("ok");
    const before = readFileSync(log).length;
    rmSync(filler);
    expect((await ask("register", { input: newCredentials() })).outcome).toBe("ok");
    await until(() => readFileSync(log).length > before);
    expect(await service.end("SIGTERM")).toBe(0);
    await database.close();
    unmount(folder);
    rmSync(folder, { recursive: true });
  },
  60_000,
);

withMount(
  "a database whose disk is full refuses writes, and nothing is half done",
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-disk-"));
    const made = await startEmbeddedDatabase({ dataDir });
    const { folder } = made;
    await made.stop();
    rmSync(folder, { recursive: true });
    spawnSync("mkdir", ["-p", folder]);
    mount(folder, 160);
    const settings = { max_wal_size: "48MB", min_wal_size: "32MB" };
    const postgres = await startEmbeddedDatabase({ dataDir, settings });
    const service = await startService(testSettings({ DATABASE_URL: postgres.url }));
    const ask = askUrl(service.url);
    const journal: JournalEntry[] = [];
    const signIn = async () => {
      const { data } = await ask("register", { input: newCredentials() });
      return honestClient(ask, data.register.auth, journal);
    };
    const clients = [await signIn(), await signIn(), await signIn()];
    const over = await signIn();
    await ask("logout", { refreshToken: over.refreshToken });

    const filler = join(folder, "filler");
    writeFileSync(filler, "");
    fill(filler);
    const registered: string[] = [];
    const end = performance.now() + 60_000;
    while (
      performance.now() < end &&
      registered.filter((each) => each === "OVERLOADED").length < 20
    ) {
      registered.push((await ask("register", { input: newCredentials() })).outcome);
      for (const client of clients) await client.refresh();
      const { outcome } = await ask("mySessions", {}, over.accessToken);
      expect(["UNAUTHENTICATED", "OVERLOADED"]).toContain(outcome);
    }
    expect(registered.filter((each) => each !== "ok" && each !== "OVERLOADED")).toEqual([]);
    expect(registered).toContain("OVERLOADED");

    rmSync(filler);
    await until(async () => (await fetch(`${service.url}/health/ready`)).ok, 60_000);
    await sleep(1000);
    expect((await ask("register", { input: newCredentials() })).outcome).toBe("ok");
    const read = async (): Promise<SessionRecord[]> => {
      const client = new Client({ connectionString: postgres.url });
      await client.connect();
      const { rows } = await client.query(sessionRecords);
      await client.end();
      return rows;
    };
    await checkFaultDidNoHarm({ clients, journal, ask, read });
    await service.end("SIGTERM");
    await postgres.stop();
    unmount(folder);
    rmSync(folder, { recursive: true, force: true });
    rmSync(dataDir, { recursive: true });
  },
  300_000,
);
