import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { until } from "./until.js";

const entry = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const startTimeoutMilliseconds = 60_000;

/** The service as operators run it: a process of its own that listens on a port. */
export interface ServiceProcess {
  url: string;
  process: ChildProcess;
  /** Resolves with the exit code once it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const command = ["--import", "tsx", entry];

const environment = (settings: Record<string, string>) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  PORT: "0",
  ...settings,
});

function spawnService(settings: Record<string, string>) {
  const child = spawn(process.execPath, command, {
    env: environment(settings),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  child.stdout.on("data", (chunk) => output.push(String(chunk)));
  child.stderr.on("data", (chunk) => output.push(String(chunk)));
  return { child, text: () => output.join("") };
}

/** @returns once it listens */
export async function startService(settings: Record<string, string>): Promise<ServiceProcess> {
  const { child, text } = spawnService(settings);
  const exited = once(child, "exit");
  const ended = exited.then(() => Promise.reject(new Error(`it did not start: ${text()}`)));
  const listening = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`too slow: ${text()}`)),
      startTimeoutMilliseconds,
    );
    child.stdout.on("data", () => {
      const [, port] = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(text()) ?? [];
      if (port === undefined) return;
      clearTimeout(timer);
      child.stdout.removeAllListeners("data").resume();
      resolve(`http://127.0.0.1:${port}`);
    });
    exited.then(() => clearTimeout(timer));
  });
  const url = await Promise.race([listening, ended]);
  ended.catch(() => undefined);
  return {
    url,
    process: child,
    async end(signal) {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/**
 * With its log in a file of somebody's choice.
 * @param port where it will listen, for it cannot say so
 * @returns once it answers
 */
export async function startServiceLoggingTo(
  file: string,
  port: number,
  settings: Record<string, string>,
): Promise<ServiceProcess> {
  const log = openSync(file, "a");
  const child = spawn(process.execPath, command, {
    env: environment({ ...settings, PORT: String(port) }),
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const exited = once(child, "exit");
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(async () => child.exitCode !== null || (await answers()), startTimeoutMilliseconds);
  return {
    url,
    process: child,
    async end(signal) {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/** For a start that fails: what it says, and its exit code. */
export async function runService(
  settings: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const { child, text } = spawnService(settings);
  const [code] = await once(child, "close");
  return { code, output: text() };
}
