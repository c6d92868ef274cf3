import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseStartError } from "../database-start-error.js";
import type { Cluster, Credentials } from "./cluster.js";
import { answers, isServing, noteOf, type Postmaster, readPostmaster } from "./postmaster.js";
import { cannotExecute, processOptions, run } from "./run.js";

/** Settings of PostgreSQL by name, as on its command line. */
export type ServerSettings = Readonly<Record<string, string>>;

/** It takes a tenth of a second; after a crash it first replays its log. */
const startTimeoutSeconds = 60;
const stopTimeoutSeconds = 20;
const pollMilliseconds = 25;
/** The log begins anew beyond this; the former one is kept beside it. */
const longestLogBytes = 1_000_000;

const fixedSettings: ServerSettings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "300",
  timezone: "UTC",
  log_timezone: "UTC",
  // SECURITY: the detail of a violated constraint quotes the row.
  log_error_verbosity: "terse",
  cluster_name: "gatehouse",
};

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Below the ports that the system hands out to outgoing connections. */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(15_000, 32_768);
    if (await isFree(port)) return port;
  }
  throw new DatabaseStartError("No port between 15000 and 32767 is free for PostgreSQL.");
}

function openLog(cluster: Cluster): { descriptor: number; begins: number } {
  const size = statSync(cluster.log, { throwIfNoEntry: false })?.size ?? 0;
  const full = size > longestLogBytes;
  if (full) renameSync(cluster.log, `${cluster.log}.old`);
  return { descriptor: openSync(cluster.log, "a", 0o600), begins: full ? 0 : size };
}

const logTail = (cluster: Cluster, begins: number) =>
  readFileSync(cluster.log).subarray(begins).toString().trim().split("\n").slice(-20).join("\n");

const didNotStart = (cluster: Cluster, why: string, tail: string) =>
  new DatabaseStartError(
    `The embedded PostgreSQL ${why}. The end of its log (${cluster.log}):\n${tail}\n` +
      "Mend that, or set DATABASE_URL to a PostgreSQL 14 or newer.",
  );

/** Detached, with a log of its own: neither Ctrl-C nor our own end touches it before we say so. */
function spawnServer(cluster: Cluster, port: number, settings: ServerSettings) {
  const all = Object.entries({ ...settings, ...fixedSettings, port: String(port) });
  const { descriptor, begins } = openLog(cluster);
  const child = spawn(
    cluster.binaries.postgres,
    ["-D", cluster.data, ...all.flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    {
      ...processOptions(cluster.account),
      detached: true,
      stdio: ["ignore", descriptor, descriptor],
    },
  );
  closeSync(descriptor);
  child.unref();
  const failure: { error?: Error } = {};
  child.on("error", (error) => {
    failure.error = cannotExecute(cluster.binaries.postgres, error);
  });
  return { child, begins, failure };
}

type Launched = { server: Postmaster } | { refusal: string };

async function launch(
  cluster: Cluster,
  credentials: Credentials,
  settings: ServerSettings,
  port: number,
): Promise<Launched> {
  const { child, begins, failure } = spawnServer(cluster, port, settings);
  const deadline = Date.now() + startTimeoutSeconds * 1000;
  while (Date.now() < deadline) {
    await sleep(pollMilliseconds);
    if (failure.error) throw failure.error;
    if (child.exitCode !== null || child.signalCode !== null)
      return { refusal: logTail(cluster, begins) };
    const server = readPostmaster(cluster);
    if (server?.pid === child.pid && server?.status === "ready")
      if (await answers(cluster, credentials, port)) return { server };
  }
  child.kill("SIGKILL");
  const why = `was not ready within ${startTimeoutSeconds} s`;
  throw didNotStart(cluster, why, logTail(cluster, begins));
}

/** Somebody was faster at the port, or backends of a killed server are just about to end. */
const isPassing = (refusal: string) =>
  /could not bind|could not create any TCP|shared memory block .* is still in use/.test(refusal);

async function startServer(
  cluster: Cluster,
  credentials: Credentials,
  settings: ServerSettings,
  wantedPort: number | undefined,
): Promise<Postmaster> {
  let refusal = "";
  for (let tries = 0; tries < 10; tries++) {
    const port = wantedPort ?? (await freePort());
    const launched = await launch(cluster, credentials, settings, port);
    if ("server" in launched) return launched.server;
    refusal = launched.refusal;
    if (!isPassing(refusal)) break;
    await sleep(500);
  }
  throw didNotStart(cluster, "did not start", refusal);
}

/** @returns the server that runs already, also one that outlived the process that began it */
async function findServer(
  cluster: Cluster,
  credentials: Credentials,
): Promise<Postmaster | undefined> {
  const deadline = Date.now() + startTimeoutSeconds * 1000;
  while (Date.now() < deadline) {
    const server = readPostmaster(cluster);
    if (server === undefined || !isServing(cluster, server)) return undefined;
    if (server.status === "ready" && (await answers(cluster, credentials, server.port)))
      return server;
    await sleep(pollMilliseconds);
  }
  const why = `runs in ${cluster.data} but did not answer within ${startTimeoutSeconds} s`;
  throw didNotStart(cluster, why, logTail(cluster, 0));
}

/**
 * Finds the running server or starts it. Wants the cluster's lock.
 * @param port where it has to listen; undefined: on any free port
 * @throws {DatabaseStartError} with the end of its log
 */
export async function ensureRunning(
  cluster: Cluster,
  credentials: Credentials,
  settings: ServerSettings,
  port?: number,
): Promise<Postmaster> {
  const running = await findServer(cluster, credentials);
  if (running !== undefined) return running;
  // Its process is gone (see isServing). Should any of its backends live, PostgreSQL still notices
  // by the shared memory.
  rmSync(noteOf(cluster), { force: true });
  return startServer(cluster, credentials, settings, port);
}

/** Ends connections and writes everything to disk; where that takes too long, the next start recovers. */
export async function stopServer(cluster: Cluster): Promise<void> {
  for (const mode of ["fast", "immediate"]) {
    const { code } = await run({
      program: cluster.binaries.pgCtl,
      args: ["stop", "-D", cluster.data, "-m", mode, "-w", "-t", String(stopTimeoutSeconds)],
      account: cluster.account,
      timeoutSeconds: stopTimeoutSeconds + 10,
    });
    if (code === 0 || readPostmaster(cluster) === undefined) return;
  }
}
