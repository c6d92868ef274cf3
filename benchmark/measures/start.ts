import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../test/support/spawned.js";
import type { Bench } from "../bench.js";
import { secret } from "../contenders/support/settings.js";
import { residentMegabytes } from "../support/process-usage.js";
import { median } from "../support/statistics.js";

/** Medians, of the built service on a database that is migrated. */
export interface StartFigures {
  /** Milliseconds from the start of the process to the first 200 of /health/ready. */
  ready: number;
  /** Likewise to the first answer of GraphQL. */
  firstAnswer: number;
  /** Resident megabytes right after that, without PostgreSQL. */
  fresh: number;
  /** Likewise when it has been idle for a while. */
  idle: number;
}

const main = fileURLToPath(new URL("../../dist/src/main.js", import.meta.url));
const times = 3;
/** V8 collects what the start has left when nothing has happened for about 20 s. */
const idleMilliseconds = 40_000;
const pollMilliseconds = 5;
const patienceMilliseconds = 60_000;

/** Secrets of the first start open what it has stored. */
const settingsFor = (url: string) => ({
  NODE_ENV: "production",
  PUBLIC_URL: "https://auth.example.com",
  DATABASE_URL: url,
  AUTH_SECRET: secret(),
  PASSWORD_PEPPER: secret(),
  SMTP_URL: "smtp://127.0.0.1:25",
});

const isAnswered = (url: string, init?: RequestInit) =>
  fetch(url, init).then(
    async (answer) => {
      await answer.text();
      return answer.ok;
    },
    () => false,
  );

async function untilAnswered(isOver: () => boolean, ask: () => Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await ask())) {
    if (isOver()) throw new Error("the service ended before it answered");
    if (performance.now() - begun > patienceMilliseconds) throw new Error("it does not answer");
    await sleep(pollMilliseconds);
  }
}

const question = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query: "{ __typename }" }),
};

async function startOnce(command: string[], settings: Record<string, string>) {
  const port = await freePort();
  const [program = "", ...args] = [...command, process.execPath, main];
  const begun = performance.now();
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, ...settings, PORT: String(port) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    const isOver = () => child.exitCode !== null;
    await untilAnswered(isOver, () => isAnswered(`http://127.0.0.1:${port}/health/ready`));
    const ready = performance.now() - begun;
    await untilAnswered(isOver, () => isAnswered(`http://127.0.0.1:${port}/graphql`, question));
    const firstAnswer = performance.now() - begun;
    const fresh = residentMegabytes(child.pid as number);
    await sleep(idleMilliseconds);
    return { ready, firstAnswer, fresh, idle: residentMegabytes(child.pid as number) };
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

/** The first start, which makes the tables, does not count. */
export async function measureStart(bench: Bench): Promise<StartFigures> {
  const database = await bench.createDatabase();
  const settings = settingsFor(database.url);
  const starts: StartFigures[] = [];
  for (let time = 0; time <= times; time++) {
    const started = await startOnce(bench.pins.anywhere, settings);
    if (time > 0) starts.push(started);
    bench.say(`start: ready after ${started.ready.toFixed(0)} ms, ${started.idle.toFixed(0)} MB`);
  }
  return {
    ready: median(starts.map(({ ready }) => ready)),
    firstAnswer: median(starts.map(({ firstAnswer }) => firstAnswer)),
    fresh: median(starts.map(({ fresh }) => fresh)),
    idle: median(starts.map(({ idle }) => idle)),
  };
}
