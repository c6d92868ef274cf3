import { Piscina } from "piscina";
import { overloaded } from "../errors/auth-error.js";

export interface WorkerPoolOptions {
  /** A module whose exports are the jobs. */
  file: URL;
  threads: number;
  /** Threads that run also while there is nothing to do. */
  standingThreads: number;
  /** How many jobs may wait for a thread. */
  queueLimit: number;
}

export interface Load {
  /** Jobs that wait for a thread. */
  queued: number;
  running: number;
}

export interface WorkerPool {
  /** @throws {AuthError} OVERLOADED, at once, when the queue is full */
  run<Result>(job: string, input: object): Promise<Result>;
  load(): Load;
  close(): Promise<void>;
}

/** A thread beyond the standing ones goes when it had nothing to do for this long. */
const idleMilliseconds = 600_000;

/** By then about half of a full queue has been served. */
const retryAfterSeconds = 3;

/** Threads with a bounded queue in front of them: load is refused before it is work. */
export function openWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { file, threads, standingThreads, queueLimit } = options;
  const pool = new Piscina({
    filename: file.href,
    minThreads: standingThreads,
    maxThreads: threads,
    idleTimeout: idleMilliseconds,
    recordTiming: false,
    // SECURITY: a worker needs none of the secrets that may stand in the environment.
    env: {},
    execArgv: [],
  });
  // A thread that dies while it is idle is replaced; one that dies at work fails its own job.
  pool.on("error", () => undefined);
  let taken = 0;

  return {
    async run(job, input) {
      if (taken >= threads + queueLimit) throw overloaded(retryAfterSeconds);
      taken++;
      try {
        return await pool.run(input, { name: job });
      } finally {
        taken--;
      }
    },
    load: () => ({ queued: Math.max(0, taken - threads), running: Math.min(taken, threads) }),
    close: () => pool.destroy(),
  };
}
