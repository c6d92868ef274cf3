import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "pg";

const script = fileURLToPath(new URL("./tenant.ts", import.meta.url));

/** Somebody ordinary, where we are root. */
export const nobody = { uid: 65_534, gid: 65_534 };

export interface Tenant {
  process: ChildProcess;
  url: string;
  folder: string;
  notice?: string;
}

/** @returns once its server answers */
export async function startTenant(dataDir: string, as: object = {}): Promise<Tenant> {
  const child = spawn(process.execPath, ["--import", "tsx", script, dataDir], {
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, as a terminal gives it: signals to it reach nobody else.
    detached: true,
    ...as,
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const line = await Promise.race([
    once(child.stdout, "data").then(([chunk]) => String(chunk)),
    once(child, "exit").then(() => sleep(50)),
  ]);
  if (typeof line !== "string") throw new Error(`the tenant ended: ${errors}`);
  return { process: child, ...JSON.parse(line) };
}

/** Sends a signal and waits for the end. */
export async function end(tenant: Tenant, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(tenant.process, "exit");
  tenant.process.kill(signal);
  const [code] = await ended;
  return code;
}

/** The first column of the first row. */
export async function ask(url: string, query: string): Promise<unknown> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query({ text: query, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

export const answers = (url: string): Promise<boolean> =>
  ask(url, "SELECT true").then(
    () => true,
    () => false,
  );

/** @throws {Error} when it is not so within 10 s */
export async function eventually(what: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await what()) return;
    await sleep(50);
  }
  throw new Error("it did not come to that");
}

/** The number of the server's process, by its own note. */
export const postmasterPid = (folder: string): number =>
  Number.parseInt(readFileSync(join(folder, "pg18", "data", "postmaster.pid"), "utf8"), 10);

/** Whether somebody ordinary could run what we test: the folder of the project may be closed. */
export const nobodyCanRun = (): boolean =>
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ["-e", "fs.readFileSync(process.argv[1])", script], nobody).status ===
    0;
