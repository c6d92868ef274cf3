import { afterAll, afterEach, beforeAll, describe, expect, jest } from "@jest/globals";
import { accessTokenSeconds, Bench, type Setting, type Visit } from "./bench.js";
import { findChromium } from "./find-chromium.mjs";

const chromium = findChromium();

/** `describe`, or its `skip` where there is no browser. */
export const proof = chromium ? describe : describe.skip;

export const settings: [string, Setting][] = [
  ["cookie", { transport: "COOKIE" }],
  ["body", { transport: "BODY" }],
];

/**
 * One bench for a file, one visit for each test. Whatever a test tries, no reuse may be seen by the
 * service; what it came to is printed.
 */
export function proofs() {
  jest.setTimeout(60_000);
  const it = {} as { bench: Bench; visit: Visit };
  const lines: string[] = [];
  if (!chromium) return it;

  beforeAll(async () => {
    it.bench = await Bench.open(chromium);
  });
  afterEach(async () => {
    const { reuses, rotations } = await it.visit.figures();
    const { refreshes } = it.bench.front;
    const asked = `${new Set(refreshes).size} refreshes asked (${refreshes.length} requests)`;
    const signOuts = (await it.visit.events()).filter((event) => event === "SIGNED_OUT").length;
    lines.push(
      `proof: ${asked}, ${rotations} made, ${reuses} reuses, ${signOuts} tabs signed out: ${expect.getState().currentTestName}`,
    );
    await it.visit.leave();
    expect(reuses).toBe(0);
  });
  afterAll(async () => {
    await it.bench?.close();
    process.stdout.write(`${lines.join("\n")}\n`);
  });
  return it;
}

export const nobodySignedOut = async (visit: Visit) =>
  expect(await visit.events()).not.toContain("SIGNED_OUT");

/** Every operation got its answer, but for those that a busy machine made late. */
export function expectAnswered({ ok, late: _, ...others }: Record<string, number>): void {
  expect(others).toEqual({});
  expect(ok).toBeGreaterThan(0);
}

/** The earliest that a keeper refreshes. */
const earliestMs = accessTokenSeconds * 1000 * 0.8;

/**
 * Whatever the number of tabs: one refresh for each token that ended since then. On a busy machine
 * one may be asked for again, as after a lost answer: with its own key, and still once in a while.
 */
export function expectOnePerExpiry(
  { front }: Bench,
  sinceMs: number,
  { missed = 0 }: { missed?: number } = {},
): void {
  const most = 1 + Math.floor((Date.now() - sinceMs) / earliestMs) + missed;
  expect(new Set(front.refreshes).size).toBeLessThanOrEqual(most);
  expect(front.refreshes.length).toBeLessThanOrEqual(2 * most);
}
