import { spawn } from "node:child_process";
import { DatabaseStartError } from "../database-start-error.js";
import type { Account } from "./account.js";

/** Nothing of our environment reaches PostgreSQL: PGDATA, PGOPTIONS and the like would change it. */
export const processOptions = (account: Account | undefined) => ({
  cwd: "/",
  env: { LC_ALL: "C" },
  ...(account && { uid: account.uid, gid: account.gid }),
});

/** A program that is there and still "not found" lacks its loader: another C library. */
export const cannotExecute = (program: string, error: NodeJS.ErrnoException) =>
  new DatabaseStartError(
    `The embedded PostgreSQL does not run here (${error.code ?? error.message}: ${program}).\n` +
      (error.code === "ENOENT"
        ? "Its binaries are made for glibc, not for musl (Alpine Linux).\n"
        : "") +
      "Set DATABASE_URL to a PostgreSQL 14 or newer.",
  );

interface Command {
  program: string;
  args: readonly string[];
  account: Account | undefined;
  /** Given on standard input. */
  input?: string;
  timeoutSeconds: number;
}

/**
 * Runs one of PostgreSQL's programs to its end.
 * @returns its exit code (null when it was stopped after `timeoutSeconds`) and all that it printed
 * @throws {DatabaseStartError} when it cannot be executed at all
 */
export function run(command: Command): Promise<{ code: number | null; output: string }> {
  const { program, args, account, input = "", timeoutSeconds } = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...processOptions(account),
      // A group of its own: Ctrl-C in the terminal is for us, not for PostgreSQL.
      detached: true,
      timeout: timeoutSeconds * 1000,
      killSignal: "SIGKILL",
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => reject(cannotExecute(program, error)));
    child.on("close", (code) => resolve({ code, output }));
    // A program that stops before it has read everything says so by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
