import { execFileSync } from "node:child_process";
import { DatabaseStartError } from "../database-start-error.js";

/** The user of the operating system that PostgreSQL runs as. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

function lookUp(name: string): Account | undefined {
  const id = (option: string) =>
    Number(execFileSync("id", [option, name], { stdio: ["ignore", "pipe", "ignore"] }));
  try {
    return { name, uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}

/**
 * PostgreSQL refuses to run as root.
 *
 * @returns undefined when it can run as ourselves
 * @throws {DatabaseStartError} when there is nobody that root could run it as
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const account = lookUp("postgres") ?? lookUp("nobody");
  if (account !== undefined) return account;
  throw new DatabaseStartError(
    "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.\n" +
      "Start Gatehouse as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.",
  );
}
