import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../../..");

export interface Figures {
  sessions: number;
  rotations: number;
  reuses: number;
}

interface Message {
  address?: string;
  figures?: Figures;
}

/** The service under test; `publicUrl` is where the browser sees it. */
export class Service {
  address = "";
  private process: ChildProcess | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), "gatehouse-proof-"));

  constructor(
    private readonly publicUrl: string,
    private readonly accessTokenSeconds: number,
  ) {}

  async start(): Promise<void> {
    const child = fork(join(root, "test/client/service-process.ts"), {
      cwd: root,
      execArgv: ["--import", "tsx"],
      env: {
        ...process.env,
        NODE_ENV: "test",
        NODE_OPTIONS: "",
        DATA_DIR: join(this.folder, "data"),
        DATABASE_URL: process.env.TEST_DATABASE_URL ?? "",
        PUBLIC_URL: this.publicUrl,
        BCRYPT_COST: "4",
        RATE_LIMITS: "off",
        TEST_ACCESS_TOKEN_SECONDS: String(this.accessTokenSeconds),
      },
    });
    this.process = child;
    this.address = (await this.next(child)).address ?? "";
  }

  /** Of the account's sessions, by the database. */
  async figures(email: string): Promise<Figures> {
    const { process: child } = this;
    if (!child) throw new Error("the service is not running");
    child.send(email);
    const { figures } = await this.next(child);
    if (!figures) throw new Error("the service told no figures");
    return figures;
  }

  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private next(child: ChildProcess): Promise<Message> {
    return new Promise((resolve, reject) => {
      const onEnd = (code: number | null) => reject(new Error(`the service ended (${code})`));
      child.once("exit", onEnd);
      child.once("message", (message) => {
        child.off("exit", onEnd);
        resolve(message as Message);
      });
    });
  }
}
