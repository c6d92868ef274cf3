import { randomBytes } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseStartError } from "../database-start-error.js";
import { type Cluster, type Credentials, credentialsFile } from "./cluster.js";
import { run } from "./run.js";

/** It takes a second; the rest is for slow disks. */
const timeoutSeconds = 120;

const randomPassword = () => randomBytes(24).toString("base64url");

async function mustRun(
  cluster: Cluster,
  program: string,
  args: readonly string[],
  input?: string,
): Promise<void> {
  const { code, output } = await run({
    program,
    args,
    input,
    account: cluster.account,
    timeoutSeconds,
  });
  if (code === 0) return;
  throw new DatabaseStartError(
    `A new database could not be made in ${cluster.versionFolder}:\n${output.trim()}\n` +
      "Mend that, or set DATABASE_URL to a PostgreSQL 14 or newer.",
  );
}

/** SECURITY: any user of the machine can reach the port, so every connection shows a password. */
async function runInitdb(cluster: Cluster, unfinished: string, password: string, durable: boolean) {
  const passwordFile = join(unfinished, "initdb-password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (cluster.account) chownSync(passwordFile, cluster.account.uid, cluster.account.gid);
  await mustRun(cluster, cluster.binaries.initdb, [
    `--pgdata=${join(unfinished, "data")}`,
    "--username=postgres",
    "--auth=scram-sha-256",
    `--pwfile=${passwordFile}`,
    "--encoding=UTF8",
    "--locale=C",
    // Upper and lower case of all Unicode, the same on every machine.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    ...(durable ? [] : ["--no-sync"]),
  ]);
  rmSync(passwordFile);
}

/** The service's own role can do nothing outside its own database. */
const makeDatabase = (cluster: Cluster, unfinished: string, password: string) =>
  mustRun(
    cluster,
    cluster.binaries.postgres,
    ["--single", "-D", join(unfinished, "data"), "template1"],
    `CREATE ROLE gatehouse LOGIN PASSWORD '${password}'\nCREATE DATABASE gatehouse OWNER gatehouse\n`,
  );

/** A release that brings a newer PostgreSQL must not quietly begin with an empty database. */
function refuseOlderData(cluster: Cluster): void {
  const older = readdirSync(cluster.folder).find((name) => /^pg\d+$/.test(name));
  if (older === undefined) return;
  throw new DatabaseStartError(
    `${join(cluster.folder, older)} was made by another major version of PostgreSQL; this release brings ${cluster.binaries.major}.\n` +
      `Start the release of Gatehouse that made it, copy the database with pg_dump, move ${older} away, start this release once, and restore the copy.`,
  );
}

function makeUnfinished(cluster: Cluster, credentials: Credentials): string {
  const unfinished = `${cluster.versionFolder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  // As root PostgreSQL's account passes through this folder; what is secret in it has its own mode.
  mkdirSync(unfinished, { mode: 0o711 });
  mkdirSync(join(unfinished, "tenants"), { mode: 0o700 });
  mkdirSync(join(unfinished, "data"), { mode: 0o700 });
  if (cluster.account)
    chownSync(join(unfinished, "data"), cluster.account.uid, cluster.account.gid);
  writeFileSync(credentialsFile(unfinished), JSON.stringify(credentials), { mode: 0o600 });
  return unfinished;
}

/**
 * Makes the database where there is none. Made under another name and then renamed, so that one
 * whose making was interrupted is made again. Wants the cluster's lock.
 *
 * @param durable false: may be lost with the machine (tests)
 */
export async function initialise(cluster: Cluster, durable: boolean): Promise<void> {
  if (existsSync(cluster.versionFolder)) return;
  refuseOlderData(cluster);
  const credentials = { superuser: randomPassword(), service: randomPassword() };
  const unfinished = makeUnfinished(cluster, credentials);
  await runInitdb(cluster, unfinished, credentials.superuser, durable);
  await makeDatabase(cluster, unfinished, credentials.service);
  renameSync(unfinished, cluster.versionFolder);
}
