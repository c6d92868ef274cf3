import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  decideRotation,
  type Presentation,
  type RotationState,
  rememberedRotations,
} from "../../src/sessions/rotation.js";
import { applyRotation, keyHash, newRow } from "./rotation-model/server-row.js";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + Math.round(seconds * 1000));
const windows = { tabWindowSeconds: 10, lateWindowSeconds: 60 };
const millisecond = 0.001;

/** At generation 20, rotated every 100 s: generation 19 at 0 s, 18 at -100 s and so on. */
const settled: RotationState = {
  ...newRow(at(0).getTime(), "BODY"),
  generation: 20,
  rotatedAt: Array.from({ length: rememberedRotations }, (_, i) => at(-100 * i)),
  retryKeyHash: keyHash("key"),
};
const keyless: RotationState = { ...settled, retryKeyHash: null };

/** At generation 20 after eight rotations, one a second; generation 19 was rotated at 0 s. */
const hurried: RotationState = {
  ...settled,
  rotatedAt: settled.rotatedAt.map((_, i) => at(-i)),
};

const presented = (generation: number, keys: { key?: string; previous?: string } = {}) => ({
  generation,
  transport: "BODY",
  retryKeyHash: keyHash(keys.key),
  previousRetryKeyHash: keyHash(keys.previous),
});

const decide = (state: RotationState, presentation: Presentation, seconds: number, w = windows) =>
  decideRotation(state, presentation, at(seconds), w);

const rotate = { kind: "rotate" };
const jump = { kind: "jump" };
const byKey = { kind: "replay", by: "retry-key" };
const byTabWindow = { kind: "replay", by: "tab-window" };
const late = { kind: "late", retryAfterSeconds: 2 };
const reuse = { kind: "reuse" };
const refused = (reason: string) => ({ kind: "refuse", reason });

describe("a session that is over refuses whatever generation comes", () => {
  const generations = [0, 19, 20, 21];

  test.each(generations)("ended, generation %d", (generation) => {
    const ended = { ...settled, endedAt: at(0) };
    expect(decide(ended, presented(generation, { key: "key" }), 1)).toEqual(refused("ENDED"));
  });

  test.each(["expiresAt", "absoluteExpiresAt"])("one millisecond before %s it lives", (column) => {
    const expiring = { ...settled, [column]: at(1) };
    expect(decide(expiring, presented(20), 1 - millisecond)).toEqual(rotate);
  });

  test.each(["expiresAt", "absoluteExpiresAt"])("exactly at %s it is over", (column) => {
    const expiring = { ...settled, [column]: at(1) };
    for (const generation of generations)
      expect(decide(expiring, presented(generation), 1)).toEqual(refused("EXPIRED"));
  });

  test("a replay is not given past the expiry, and an old token then ends nothing", () => {
    const expired = { ...settled, expiresAt: at(1) };
    expect(decide(expired, presented(19, { key: "key" }), 1)).toEqual(refused("EXPIRED"));
    expect(decide(expired, presented(3), 1)).toEqual(refused("EXPIRED"));
  });
});

test("a token that came by another transport than its session's is refused and ends nothing", () => {
  for (const generation of [3, 19, 20, 21]) {
    const byCookie = { ...presented(generation, { key: "key" }), transport: "COOKIE" };
    expect(decide(settled, byCookie, 1000)).toEqual(refused("WRONG_TRANSPORT"));
  }
});

describe("p = g: rotate", () => {
  test.each([
    ["without a key", {}],
    ["with a new key", { key: "new" }],
    ["with the key of the last rotation", { key: "key" }],
  ])("%s, however long ago the last rotation was", (_name, keys) => {
    for (const seconds of [0, 61, 86_400]) {
      expect(decide(settled, presented(20, keys), seconds)).toEqual(rotate);
      expect(decide(keyless, presented(20, keys), seconds)).toEqual(rotate);
    }
  });

  test("the row then has the next generation, the time and the key of this rotation", () => {
    const next = applyRotation(settled, presented(20, { key: "new" }), at(5));
    expect(next).toMatchObject({ generation: 21, retryKeyHash: keyHash("new") });
    expect(next.rotatedAt).toEqual([at(5), ...settled.rotatedAt.slice(0, 7)]);
  });

  test("a retry key equal to the stored one counts as none", () => {
    const next = applyRotation(settled, presented(20, { key: "key" }), at(5));
    expect(next).toMatchObject({ generation: 21, retryKeyHash: null });
  });
});

describe("p = g−1, rotated with a key: replay to that key", () => {
  test.each([
    ["as retryKey", { key: "key" }],
    ["as previousRetryKey", { key: "new", previous: "key" }],
    ["as previousRetryKey alone", { previous: "key" }],
  ])("%s, without a limit in time", (_name, keys) => {
    for (const seconds of [0, 9, 10, 60, 61, 86_400 * 29])
      expect(decide(settled, presented(19, keys), seconds)).toEqual(byKey);
  });

  test.each([
    ["to no key", {}],
    ["to other keys", { key: "new", previous: "other" }],
  ])("not %s, not even within the tab window", (_name, keys) => {
    expect(decide(settled, presented(19, keys), 0)).toEqual(late);
    expect(decide(settled, presented(19, keys), 60)).toEqual(reuse);
  });

  test("not two generations back: the right to a replay ends when the successor is rotated", () => {
    expect(decide(hurried, presented(18, { key: "key", previous: "key" }), 1)).toEqual(late);
    expect(decide(settled, presented(18, { key: "key", previous: "key" }), 61)).toEqual(reuse);
  });
});

describe("p = g−1, rotated without a key: replay within the tab window", () => {
  test("one millisecond before its end it is replayed, exactly at its end it came late", () => {
    expect(decide(keyless, presented(19), 10 - millisecond)).toEqual(byTabWindow);
    expect(decide(keyless, presented(19), 10)).toEqual(late);
  });

  test("an absent key matches no absent key", () => {
    expect(decide(keyless, presented(19), 59)).toEqual(late);
    expect(decide(keyless, presented(19, { key: "key" }), 60)).toEqual(reuse);
  });

  test("a window of 0 s is off", () => {
    const off = { ...windows, tabWindowSeconds: 0 };
    expect(decide(keyless, presented(19), 0, off)).toEqual(late);
    expect(decide(settled, presented(19, { key: "key" }), 0, off)).toEqual(byKey);
  });

  test("not two generations back", () => {
    const keylessHurried = { ...hurried, retryKeyHash: null };
    expect(decide(keylessHurried, presented(18), 0)).toEqual(late);
  });
});

describe("p < g, within the late window of losing its right to a replay: nothing is decided", () => {
  test("p = g−1 lost it at its own rotation", () => {
    expect(decide(settled, presented(19), 60 - millisecond)).toEqual(late);
    expect(decide(settled, presented(19), 60)).toEqual(reuse);
  });

  test.each([18, 17, 13, 12])("p = %d lost it at the rotation of its successor", (generation) => {
    const lostAt = -100 * (18 - generation);
    expect(decide(settled, presented(generation), lostAt + 60 - millisecond)).toEqual(late);
    expect(decide(settled, presented(generation), lostAt + 60)).toEqual(reuse);
  });

  test("later rotations do not move that moment", () => {
    const rotatedAgain = applyRotation(settled, presented(20), at(50));
    expect(decide(rotatedAgain, presented(18), 60 - millisecond)).toEqual(late);
    expect(decide(rotatedAgain, presented(18), 60)).toEqual(reuse);
  });

  test("eight rotations are remembered; what has left the list is reuse at once", () => {
    expect(decide(hurried, presented(11), 0)).toEqual(late);
    expect(decide(hurried, presented(10), 0)).toEqual(reuse);
    expect(decide(hurried, presented(0), 0)).toEqual(reuse);
  });

  test("a window of 0 s is off", () => {
    const off = { tabWindowSeconds: 0, lateWindowSeconds: 0 };
    expect(decide(keyless, presented(19), 0, off)).toEqual(reuse);
    expect(decide(hurried, presented(17), 0, off)).toEqual(reuse);
  });
});

describe("p > g: the database lost its last writes", () => {
  test.each([21, 22, 10_019, 10_020])("generation %d is honoured", (generation) => {
    expect(decide(settled, presented(generation), 1000)).toEqual(jump);
  });

  test("10,000 ahead is honoured, 10,001 ahead is refused and ends nothing", () => {
    const fresh = newRow(at(0).getTime(), "BODY");
    expect(decide(fresh, presented(10_000), 1)).toEqual(jump);
    expect(decide(fresh, presented(10_001), 1)).toEqual(refused("IMPOSSIBLE_GENERATION"));
  });

  test("every generation that was jumped over counts as replaced at that moment", () => {
    const jumped = applyRotation(settled, presented(22, { key: "new" }), at(500));
    expect(jumped).toMatchObject({ generation: 23, retryKeyHash: keyHash("new") });
    const sinceJump = [at(500), at(500), at(500)];
    expect(jumped.rotatedAt).toEqual([...sinceJump, ...settled.rotatedAt.slice(0, 5)]);
    for (const generation of [22, 21, 20, 19])
      expect(decide(jumped, presented(generation), 560 - millisecond)).toEqual(late);
    for (const generation of [22, 21, 20, 19, 18])
      expect(decide(jumped, presented(generation), 560)).toEqual(reuse);
  });

  test("a jump over more than eight fills the list and no more", () => {
    const jumped = applyRotation(settled, presented(5000), at(500));
    expect(jumped.rotatedAt).toEqual(Array.from({ length: rememberedRotations }, () => at(500)));
    expect(decide(jumped, presented(4992), 501)).toEqual(late);
    expect(decide(jumped, presented(4991), 501)).toEqual(reuse);
  });
});

test("any other p < g is reuse, whatever keys come along", () => {
  const keys = fc.constantFrom(undefined, "other", "another");
  fc.assert(
    fc.property(fc.nat({ max: 18 }), keys, keys, fc.nat(), (generation, key, previous, later) => {
      const lostAt = generation < 11 ? 0 : -100 * (18 - generation);
      const presentation = presented(generation, { key, previous });
      expect(decide(settled, presentation, Math.min(lostAt + 60 + later, 86_400))).toEqual(reuse);
    }),
  );
});
