import { describe, expect, test } from "@jest/globals";
import { type SharedRecord, withAnswer, withRetryKey } from "../../src/record.js";
import type { AuthPayload } from "../../src/types.js";
import { newRow, present } from "../support/rotation-table.js";

/** What can become of one refresh by cookie; a long pause follows each, past all windows. */
const outcomes = [
  "answered",
  "request lost",
  "reply lost",
  "page closed before the service had it",
  "page closed, cookie not stored",
  "page closed, cookie stored",
] as const;
type Outcome = (typeof outcomes)[number];

function* sequences(length: number): Generator<Outcome[]> {
  if (length === 0) return yield [];
  for (const shorter of sequences(length - 1))
    for (const outcome of outcomes) yield [...shorter, outcome];
}

/** Plays the outcomes against the service's table; true when an honest person was signed out. */
function signsOut(sequence: readonly Outcome[]): boolean {
  const row = newRow();
  let cookie = 0;
  let record: SharedRecord = { session: "s", rotations: 0 };
  let nowMs = 0;
  for (const outcome of sequence) {
    nowMs += 3_600_000;
    const sent = withRetryKey(record, true);
    record = outcome.endsWith("lost") ? { ...sent, inFlight: false } : sent;
    if (outcome === "request lost" || outcome.startsWith("page closed before")) continue;
    const { pending: retryKey, previous: previousRetryKey } = sent;
    const decision = present(row, { generation: cookie, retryKey, previousRetryKey }, nowMs);
    if (decision === "REUSE") return true;
    if (outcome === "reply lost" || outcome.endsWith("not stored")) continue;
    cookie = row.generation;
    if (outcome === "answered") record = withAnswer(sent, sent, answer(cookie)) ?? sent;
  }
  return false;
}

const answer = (rotations: number) =>
  ({ session: { id: "s", rotations }, refreshToken: null }) as AuthPayload;

describe("the keys of an honest browser, in all sequences of faults", () => {
  test.each([1, 2, 3])(
    "%i refreshes in a row that go wrong in any way sign nobody out",
    (length) => {
      for (const sequence of sequences(length))
        expect([sequence, signsOut(sequence)]).toEqual([sequence, false]);
    },
  );

  test("nor do two faults anywhere among answered refreshes", () => {
    for (const sequence of sequences(5)) {
      const faults = sequence.filter((outcome) => outcome !== "answered").length;
      if (faults <= 2) expect([sequence, signsOut(sequence)]).toEqual([sequence, false]);
    }
  });

  test("a page closed in mid-refresh and a reply lost after it do not add up to a theft", () => {
    expect(signsOut(["page closed, cookie stored", "reply lost", "answered"])).toBe(false);
  });

  test("a new key is made only where the fate of the pending one is unknown", () => {
    const first = withRetryKey({ session: "s", rotations: 0 }, true);
    const failed = withRetryKey({ ...first, inFlight: false }, true);
    expect(failed.pending).toBe(first.pending);
    const abandoned = withRetryKey(first, true);
    expect(abandoned).toMatchObject({ previous: first.pending, shifted: true });
    expect(withRetryKey(abandoned, true)).toEqual(abandoned);
  });

  test("a token that script holds has no unknown fate: its key stays", () => {
    const first = withRetryKey({ session: "s", rotations: 0, token: "t" }, false);
    expect(withRetryKey(first, false)).toEqual(first);
  });
});
