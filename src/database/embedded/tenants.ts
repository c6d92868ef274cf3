import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identityOf, isAlive } from "../../process-identity.mjs";
import type { Cluster } from "./cluster.js";

/** Notes that this process uses the server. Wants the cluster's lock. */
export function enter(cluster: Cluster): string {
  const tenant = join(cluster.tenants, randomUUID());
  writeFileSync(tenant, identityOf(process.pid) ?? "");
  return tenant;
}

/**
 * Takes the note back, and those of processes that died without doing so. Wants the cluster's lock.
 * @returns whether nobody is left
 */
export function leave(cluster: Cluster, tenant: string): boolean {
  rmSync(tenant, { force: true });
  const names = readdirSync(cluster.tenants);
  return names.every((name) => {
    const path = join(cluster.tenants, name);
    if (isAlive(readFileSync(path, "utf8"))) return false;
    rmSync(path, { force: true });
    return true;
  });
}
