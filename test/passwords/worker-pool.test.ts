import { describe, expect, test } from "@jest/globals";
import type { AuthError } from "../../src/errors/auth-error.js";
import { openWorkerPool } from "../../src/passwords/worker-pool.js";
import { withPasswords } from "./support.js";

const openHashing = (queueLimit: number, longestWait?: number) =>
  openWorkerPool({
    longestWait,
    file: new URL("../../src/passwords/hash-worker.js", import.meta.url),
    threads: 1,
    standingThreads: 1,
    queueLimit,
  });

/** The refusals among what was asked, once all else is done or ended. */
const refusals = (answers: PromiseSettledResult<unknown>[]) =>
  answers
    .filter((answer) => answer.status === "rejected")
    .map(({ reason }) => (reason as AuthError).extensions);

describe("a full queue", () => {
  test("is answered OVERLOADED at once, before any hashing", async () => {
    await withPasswords({ bcryptCost: 12 }, async (passwords) => {
      const start = performance.now();
      // One is hashed, sixteen wait: five seconds' worth at this cost.
      const accepted = Array.from({ length: 17 }, () => passwords.verify("words", undefined));
      for (const promise of accepted) promise.catch(() => undefined);
      expect(passwords.load()).toEqual({ running: 1, queued: 16 });
      for (const ask of [passwords.verify("words", undefined), passwords.hash("any words")])
        await expect(ask).rejects.toMatchObject({
          extensions: { code: "OVERLOADED", retryAfter: 3 },
        });
      expect(performance.now() - start).toBeLessThan(200);
    });
  });

  test("takes more as soon as there is room", async () => {
    const pool = openHashing(2);
    const ask = () => pool.run<string>("hash", { candidate: "words", cost: 4 });
    const first = await Promise.allSettled([ask(), ask(), ask(), ask(), ask()]);
    expect(refusals(first)).toEqual(Array(2).fill({ code: "OVERLOADED", retryAfter: 3 }));
    expect(pool.load()).toEqual({ running: 0, queued: 0 });
    expect(refusals(await Promise.allSettled([ask(), ask(), ask()]))).toEqual([]);
    await pool.close();
  });

  test("serves everybody in their turn, also while it never runs empty", async () => {
    const pool = openHashing(10);
    const begun: number[] = [];
    const done: number[] = [];
    const ask = async () => {
      while (begun.length < 40) {
        const mine = begun.push(begun.length);
        await pool.run<string>("hash", { candidate: "words", cost: 4 });
        done.push(mine);
      }
    };
    await Promise.all([ask(), ask(), ask(), ask()]);
    expect(done).toEqual(done.toSorted((one, other) => one - other));
    await pool.close();
  });

  test("counts a job that failed as done", async () => {
    const pool = openHashing(1);
    const bad = () => pool.run("hash", { candidate: "words", cost: "four" });
    await Promise.allSettled([bad(), bad()]);
    expect(pool.load()).toEqual({ running: 0, queued: 0 });
    await pool.close();
  });
});

describe("a job whose turn comes too late", () => {
  test("is answered OVERLOADED, and no work is done for it", async () => {
    const pool = openHashing(20, 50);
    const warmUp = () => pool.run("hash", { candidate: "warm up", cost: 4 });
    while (
      await warmUp().then(
        () => false,
        () => true,
      )
    );
    const begun = performance.now();
    // The first takes some 300 ms or more; all others wait longer than they may.
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, () => pool.run<string>("hash", { candidate: "words", cost: 12 })),
    );
    expect(answers.shift()).toMatchObject({ status: "fulfilled" });
    expect(refusals(answers)).toEqual(Array(9).fill({ code: "OVERLOADED", retryAfter: 3 }));
    const waited = performance.now() - begun;
    const again = performance.now();
    await pool.run("hash", { candidate: "words", cost: 12 });
    // Ten hashes would have taken ten times one.
    expect(waited).toBeLessThan(5 * (performance.now() - again) + 200);
    await pool.close();
  });
});

describe("what will need a job is admitted", () => {
  test("only where there is room, before it does anything else", async () => {
    const pool = openHashing(2);
    let begun = 0;
    const work = async () => {
      begun++;
      return pool.run<string>("hash", { candidate: "words", cost: 4 });
    };
    const answers = await Promise.allSettled(Array.from({ length: 9 }, () => pool.admit(work)));
    expect(refusals(answers)).toEqual(Array(6).fill({ code: "OVERLOADED", retryAfter: 3 }));
    expect(begun).toBe(3);
    await expect(pool.admit(work)).resolves.toMatch(/^\$2/);
    await expect(pool.admit(() => Promise.reject(new Error("a fault")))).rejects.toThrow("a fault");
    expect(refusals(await Promise.allSettled([1, 2, 3].map(() => pool.admit(work))))).toEqual([]);
    await pool.close();
  });
});

test("the event loop goes on while passwords are hashed", async () => {
  await withPasswords({ bcryptCost: 11 }, async (passwords) => {
    await passwords.verify("warm up", undefined);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await Promise.all(Array.from({ length: 4 }, () => passwords.verify("words", undefined)));
    clearInterval(timer);
    // Hashed on the main thread there would be one tick a hash.
    expect(ticks).toBeGreaterThan(20);
  });
});
