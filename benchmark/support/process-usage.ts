import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const ticksPerSecond =
  process.platform === "linux" ? Number(execFileSync("getconf", ["CLK_TCK"])) : Number.NaN;

/**
 * Processor time of a process with all its threads, in microseconds, in steps of a tick (10 ms);
 * NaN where there is no /proc.
 */
export function cpuMicroseconds(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name before it may hold spaces; utime and stime are the fields 14 and 15 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}

/** Resident memory in megabytes (10^6); NaN where there is no /proc. */
export function residentMegabytes(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const [, kibibytes] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}
