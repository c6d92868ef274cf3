import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { freePort } from "../../test/support/spawned.js";
import { profiling } from "./profiling.js";

/** One request that can be sent again and again; `{{token}}` in it is replaced by a seed. */
export interface Case {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  seeds?: string[];
  /** Source of a regular expression whose group 1 finds the next token: each is used once. */
  next?: string;
  /** Source of a regular expression that the body of every good answer matches. */
  ok: string;
}

/** What a contender prints, in one line, once it listens. */
interface Announcement {
  cases: Record<string, Case>;
  /** Of the process to measure, where that is not the contender itself. */
  pid?: number;
}

/** A server beside which others are measured; see "A contender of your own" in README.md. */
export interface Contender extends Required<Announcement> {
  name: string;
  url: string;
  end(): Promise<void>;
}

export interface ContenderOptions {
  name: string;
  file: string;
  databaseUrl: string;
  /** How many sessions it is to prepare. */
  seeds: number;
  /** Head of its command line (`Pins`). */
  pin: readonly string[];
  settings?: Record<string, string>;
}

const startMilliseconds = 300_000;
const endMilliseconds = 20_000;
const longestComplaint = 4_000;

const commandOf = ({ name, file, pin, settings }: ContenderOptions) => [
  ...pin,
  process.execPath,
  ...profiling(settings?.PROFILE, name),
  ...(file.endsWith(".ts") ? ["--import", "tsx"] : []),
  file,
];

function launch(options: ContenderOptions, port: number) {
  const [program = "", ...args] = commandOf(options);
  return spawn(program, args, {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...options.settings,
      DATABASE_URL: options.databaseUrl,
      PORT: String(port),
      SEEDS: String(options.seeds),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function readAnnouncement(line: string): Announcement | undefined {
  if (!line.startsWith("{")) return undefined;
  const parsed = JSON.parse(line);
  return parsed.cases === undefined ? undefined : parsed;
}

/**
 * Starts a contender and waits until it listens.
 * @throws {Error} with what it printed, when it ends before
 */
export async function startContender(options: ContenderOptions): Promise<Contender> {
  const port = await freePort();
  const child = launch(options, port);
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-longestComplaint);
  });
  const ended = once(child, "close");
  const end = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), endMilliseconds);
    await ended;
    clearTimeout(timer);
  };
  const announced = new Promise<Announcement>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${options.name} ${why}:\n${complaint}`));
    const timer = setTimeout(() => fail("does not listen"), startMilliseconds);
    ended.then(() => fail("ended before it listened"), reject);
    createInterface(child.stdout).on("line", (line) => {
      const announcement = readAnnouncement(line);
      if (announcement === undefined) return;
      clearTimeout(timer);
      resolve(announcement);
    });
    ended.finally(() => clearTimeout(timer)).catch(() => undefined);
  });
  try {
    const { cases, pid = child.pid as number } = await announced;
    return { name: options.name, url: `http://127.0.0.1:${port}`, cases, pid, end };
  } catch (error) {
    await end();
    throw error;
  }
}
