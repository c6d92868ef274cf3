import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { identityOf } from "../../process-identity.mjs";
import type { Cluster, Credentials } from "./cluster.js";

/** What the server's own note (postmaster.pid) says of it. */
export interface Postmaster {
  pid: number;
  port: number;
  /** starting, ready, stopping. */
  status: string;
}

export const noteOf = (cluster: Cluster) => join(cluster.data, "postmaster.pid");

/** @returns undefined when there is no note, or one that is still being written */
export function readPostmaster(cluster: Cluster): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(noteOf(cluster), "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return { pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() ?? "starting" };
}

/** As the operating system calls it; undefined where it is gone. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** The folder in which a process works; undefined where that cannot be seen. */
function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/**
 * Whether the process of the note is still the server. The number may be a zombie's, which nobody
 * reaps in a container without an init, or by now some other program's: PostgreSQL itself takes
 * either for a running server and refuses to start.
 */
export function isServing(cluster: Cluster, { pid }: Postmaster): boolean {
  if (!(pid > 0) || identityOf(pid) === undefined) return false;
  const folder = workingFolder(pid);
  return folder === undefined || folder === realPath(cluster.data);
}

/**
 * Asks the server on that port whether it is ours and takes queries.
 * @param port where the note says it listens; by now that may be any other program
 */
export async function answers(
  cluster: Cluster,
  credentials: Credentials,
  port: number,
): Promise<boolean> {
  const client = new Client({
    host: "127.0.0.1",
    port,
    user: "postgres",
    password: credentials.superuser,
    database: "postgres",
    connectionTimeoutMillis: 2000,
    query_timeout: 2000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query("SHOW data_directory");
    return realPath(rows[0].data_directory) === realPath(cluster.data);
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
