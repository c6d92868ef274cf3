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
  /** Milliseconds that a job may wait for a thread. */
  longestWait?: number;
}

/** Who waits longer has given up, and asks again on top. */
export const longestWaitMilliseconds = 5000;

export interface Load {
  /** Jobs that wait for a thread. */
  queued: number;
  running: number;
}

export interface WorkerPool {
  /**
   * @throws {AuthError} OVERLOADED, at once, when the queue is full; and when the job has waited too
   *   long: it asks `isWanted`, and is never begun
   */
  run<Result>(job: string, input: object): Promise<Result>;
  /**
   * Runs what will need a job, no more at once than there is room for.
   * @throws {AuthError} OVERLOADED, at once
   */
  admit<Result>(work: () => Promise<Result>): Promise<Result>;
  load(): Load;
  close(): Promise<void>;
}

/** A thread beyond the standing ones goes when it had nothing to do for this long. */
const idleMilliseconds = 600_000;

/** Of a job's `turn`, shared with its thread: whoever comes first turns it over. */
const waits = 0;
const givenUp = 2;

/** By then about half of a full queue has been served. */
const retryAfterSeconds = 3;

/** Threads with a bounded queue in front of them: load is refused before it is work. */
export function openWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { file, threads, standingThreads, queueLimit } = options;
  const { longestWait = longestWaitMilliseconds } = options;
  const room = threads + queueLimit;
  const pool = new Piscina({
    filename: file.href,
    minThreads: standingThreads,
    maxThreads: threads,
    idleTimeout: idleMilliseconds,
    recordTiming: false,
    // Otherwise a job that finds no free thread goes to the end, again and again.
    stricterFIFO: true,
    // SECURITY: a worker needs none of the secrets that may stand in the environment.
    env: {},
    execArgv: [],
  });
  // A thread that dies while it is idle is replaced; one that dies at work fails its own job.
  pool.on("error", () => undefined);
  let taken = 0;
  let admitted = 0;

  function runInTime<Result>(job: string, input: object): Promise<Result> {
    const turn = new Int32Array(new SharedArrayBuffer(4));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        if (Atomics.compareExchange(turn, 0, waits, givenUp) === waits)
          reject(overloaded(retryAfterSeconds));
      }, longestWait);
      pool
        .run({ ...input, turn }, { name: job })
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  return {
    async run(job, input) {
      if (taken >= room) throw overloaded(retryAfterSeconds);
      taken++;
      try {
        return await runInTime(job, input);
      } finally {
        taken--;
      }
    },
    async admit(work) {
      if (Math.max(admitted, taken) >= room) throw overloaded(retryAfterSeconds);
      admitted++;
      try {
        return await work();
      } finally {
        admitted--;
      }
    },
    load: () => ({ queued: Math.max(0, taken - threads), running: Math.min(taken, threads) }),
    close: () => pool.destroy(),
  };
}
