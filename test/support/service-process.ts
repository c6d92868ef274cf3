import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const startTimeoutMilliseconds = 60_000;

/** The service as operators run it: a process of its own that listens on a port. */
export interface ServiceProcess {
  url: string;
  process: ChildProcess;
  /** Resolves with the exit code once it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

function spawnService(settings: Record<string, string>) {
  const child = spawn(process.execPath, ["--import", "tsx", entry], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: "0", ...settings },
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

/** For a start that fails: what it says, and its exit code. */
export async function runService(
  settings: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const { child, text } = spawnService(settings);
  const [code] = await once(child, "close");
  return { code, output: text() };
}
