import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { type Account, serverAccount } from "./account.js";
import { type Binaries, findBinaries, systemFolder } from "./binaries.js";

/** One embedded PostgreSQL: its programs, its account, and where everything of it lies. */
export interface Cluster {
  binaries: Binaries;
  /** Undefined: ourselves. */
  account: Account | undefined;
  /** Holds all that follows. */
  folder: string;
  /** Named after the major version; appears complete or not at all. */
  versionFolder: string;
  /** PostgreSQL's own folder. */
  data: string;
  /** Names of the processes that use it. */
  tenants: string;
  log: string;
  lock: string;
}

/** Passwords of the two roles. */
export interface Credentials {
  /** `postgres`: for the supervisor and for administration. */
  superuser: string;
  /** `gatehouse`: owns the database of the same name and nothing else. */
  service: string;
}

/** As root in a folder that PostgreSQL's account can enter, named after the one that was asked for. */
function folderFor(dataDir: string, account: Account | undefined): string {
  mkdirSync(dataDir, { recursive: true });
  const real = realpathSync(dataDir);
  if (account === undefined) return real;
  const name = createHash("sha256").update(real).digest("hex").slice(0, 16);
  const folder = join(systemFolder, name);
  mkdirSync(folder, { recursive: true });
  for (const path of [systemFolder, folder]) chmodSync(path, 0o755);
  return folder;
}

/**
 * @param dataDir made when it is missing
 * @throws {DatabaseStartError} where no embedded PostgreSQL can run
 */
export async function openCluster(dataDir: string): Promise<Cluster> {
  const account = serverAccount();
  const binaries = await findBinaries(account);
  const folder = folderFor(dataDir, account);
  const versionFolder = join(folder, `pg${binaries.major}`);
  return {
    binaries,
    account,
    folder,
    versionFolder,
    data: join(versionFolder, "data"),
    tenants: join(versionFolder, "tenants"),
    log: join(folder, "database.log"),
    lock: join(folder, "database.lock"),
  };
}

export const credentialsFile = (versionFolder: string) => join(versionFolder, "credentials.json");

export const readCredentials = (cluster: Cluster): Credentials =>
  JSON.parse(readFileSync(credentialsFile(cluster.versionFolder), "utf8"));
