import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** The service as a process, and all that it says. */
export interface Spawned {
  process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Until it has said this. */
  said(text: RegExp): Promise<RegExpExecArray>;
  /** With its exit code. */
  exited: Promise<number | null>;
}

/** @param settings all of its environment, beside what Node needs */
export function spawnMain(settings: Record<string, string>): Spawned {
  const child = spawn(process.execPath, ["--import", "tsx", entry], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const exited = once(child, "close").then(([code]) => code as number | null);
  return {
    process: child,
    stdout: () => out,
    stderr: () => err,
    exited,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = text.exec(out);
          if (found !== null) resolve(found);
        };
        child.stdout.on("data", look);
        exited.then(() => reject(new Error(`it ended without ${text}: ${out}${err}`)));
        look();
      }),
  };
}

/** Below 32768, where the system takes no port for itself meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, "127.0.0.1");
    const free = await Promise.race([
      once(server, "listening").then(() => true),
      once(server, "error").then(() => false),
    ]);
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
