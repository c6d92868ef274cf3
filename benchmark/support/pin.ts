import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Who runs on which processor, so that what is measured and what measures do not take turns. */
export interface Pins {
  /** For the head of a command line: the server that is measured gets the first processor. */
  server: string[];
  /** Likewise, for a server that may use them all. */
  anywhere: string[];
  /** From here on, for what this process does and starts itself. */
  shareAll(): void;
  /** A line for the report. */
  note: string;
}

const free = (note: string): Pins => ({
  server: [],
  anywhere: [],
  shareAll: () => undefined,
  note,
});

function hasTaskset(): boolean {
  try {
    execFileSync("taskset", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Moves this process to the other processors, and with it all that it starts: PostgreSQL, the load. */
export function pin(): Pins {
  const processors = availableParallelism();
  if (processors < 2) return free("one processor: nothing is pinned");
  if (!hasTaskset()) return free("taskset is missing: nothing is pinned");
  const all = `0-${processors - 1}`;
  const moveTo = (which: string) =>
    execFileSync("taskset", ["-a", "-c", "-p", which, String(process.pid)], { stdio: "ignore" });
  moveTo(`1-${processors - 1}`);
  return {
    server: ["taskset", "-c", "0"],
    anywhere: ["taskset", "-c", all],
    shareAll: () => void moveTo(all),
    note: `${processors} processors: the server alone on one, the load and PostgreSQL on the other${processors > 2 ? "s" : ""}`,
  };
}
