import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "../../src/database/embedded/index.js";
import { runMigrations } from "../../src/database/migrate.js";
import { identityOf, isAlive } from "../../src/process-identity.mjs";
import { announceTestRun, type TestRun, withDatabase } from "./test-run.js";

const folderPrefix = "gatehouse-test-";

/** Fast, and lost with the machine. */
const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

interface Server extends Pick<EmbeddedDatabase, "url" | "adminUrl"> {
  remove(): Promise<void>;
}

async function startServer(folder: string): Promise<Server> {
  const database = await startEmbeddedDatabase({ dataDir: join(folder, "data"), settings });
  return {
    ...database,
    async remove() {
      await database.stop();
      rmSync(database.folder, { recursive: true, force: true });
    },
  };
}

/** A server of somebody else: only what we made on it goes. */
function useServer(url: string, prefix: string): Server {
  return { url, adminUrl: url, remove: () => dropDatabases(url, prefix) };
}

async function asAdmin<T>(adminUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  return work(client).finally(() => client.end());
}

/** Every database of the run. */
export const databasesOf = ({ adminUrl, prefix }: Pick<TestRun, "adminUrl" | "prefix">) =>
  asAdmin(adminUrl, async (client) => {
    const { rows } = await client.query(
      "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname",
      [prefix],
    );
    return rows.map(({ datname }): string => datname);
  });

const dropDatabases = async (adminUrl: string, prefix: string) => {
  const names = await databasesOf({ adminUrl, prefix });
  await asAdmin(adminUrl, async (client) => {
    for (const name of names) await client.query(`DROP DATABASE "${name}" WITH (FORCE)`);
  });
};

async function makeTemplate({ url, adminUrl }: Server, name: string): Promise<void> {
  const owner = decodeURIComponent(new URL(url).username);
  await asAdmin(adminUrl, (client) => client.query(`CREATE DATABASE "${name}" OWNER "${owner}"`));
  await runMigrations({ url: withDatabase(url, name) });
}

/** A run that was killed leaves its server running: the next one ends it. */
async function removeAbandonedRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = join(tmpdir(), name, "owner");
    if (!name.startsWith(folderPrefix) || !existsSync(owner)) continue;
    if (statSync(owner).uid !== userInfo().uid || isAlive(readFileSync(owner, "utf8"))) continue;
    const folder = join(tmpdir(), name);
    if (existsSync(join(folder, "data"))) await (await startServer(folder)).remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns what the end of the run needs */
export async function startRun() {
  await removeAbandonedRuns();
  const folder = mkdtempSync(join(tmpdir(), folderPrefix));
  writeFileSync(join(folder, "owner"), identityOf(process.pid) ?? "");
  const prefix = `gt${randomBytes(3).toString("hex")}_`;
  const external = process.env.TEST_DATABASE_URL;
  const server = external ? useServer(external, prefix) : await startServer(folder);
  const run: TestRun = {
    folder,
    adminUrl: server.adminUrl,
    serviceUrl: server.url,
    template: `${prefix}template`,
    prefix,
  };
  await makeTemplate(server, run.template);
  announceTestRun(run);
  return {
    run,
    async remove() {
      await server.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
