import fc from "fast-check";
import type { ThiefKey, ThiefKeys } from "./thief.js";

/** One thing that may happen. `pick` chooses among what is under way. */
export type Step =
  | { does: "refresh"; tab: number }
  | { does: "refresh promptly"; tab: number }
  | { does: "request arrives"; pick: number; twice: boolean }
  | { does: "request is lost"; pick: number }
  | { does: "answer lands"; pick: number; twice: boolean }
  | { does: "answer is lost"; pick: number }
  | { does: "tab crashes"; tab: number }
  | { does: "time passes"; ms: number }
  | { does: "fail-over"; lostWrites: number }
  | { does: "power cut" }
  | { does: "thief refreshes"; keys: ThiefKeys }
  | { does: "thief refreshes with a new key"; keys: ThiefKeys };

export type StepName = Step["does"];

const pick = fc.nat({ max: 5 });
const twice = fc.boolean();
const tab = fc.nat({ max: 2 });
const seconds = (max: number) => fc.nat({ max: max * 10 }).map((tenths) => tenths * 100);

/** Seconds, the edges of both windows, a quarter of an hour, a weekend. */
const ms = fc.oneof(
  { weight: 5, arbitrary: seconds(15) },
  { weight: 3, arbitrary: seconds(70) },
  fc.constantFrom(9_999, 10_000, 59_999, 60_000, 60_001, 900_000, 3 * 86_400_000),
);

const thiefKey = fc.constantFrom<ThiefKey[]>(
  "none",
  "new",
  "as before",
  "stolen",
  "stolen previous",
);
export const thiefKeys = fc.record({ key: thiefKey, previous: thiefKey });

const arbitraries: { [Name in StepName]: fc.Arbitrary<Step> } = {
  refresh: fc.record({ does: fc.constant("refresh"), tab }),
  "refresh promptly": fc.record({ does: fc.constant("refresh promptly"), tab }),
  "request arrives": fc.record({ does: fc.constant("request arrives"), pick, twice }),
  "request is lost": fc.record({ does: fc.constant("request is lost"), pick }),
  "answer lands": fc.record({ does: fc.constant("answer lands"), pick, twice }),
  "answer is lost": fc.record({ does: fc.constant("answer is lost"), pick }),
  "tab crashes": fc.record({ does: fc.constant("tab crashes"), tab }),
  "time passes": fc.record({ does: fc.constant("time passes"), ms }),
  "fail-over": fc.record({ does: fc.constant("fail-over"), lostWrites: fc.constantFrom(1, 2) }),
  "power cut": fc.record({ does: fc.constant("power cut") }),
  "thief refreshes": fc.record({ does: fc.constant("thief refreshes"), keys: thiefKeys }),
  "thief refreshes with a new key": fc.record({
    does: fc.constant("thief refreshes with a new key"),
    keys: fc.record({ key: fc.constant("new" as const), previous: thiefKey }),
  }),
};

const weights: Partial<Record<StepName, number>> = {
  refresh: 6,
  "refresh promptly": 4,
  "request arrives": 6,
  "answer lands": 5,
  "time passes": 3,
  "thief refreshes": 6,
  "thief refreshes with a new key": 6,
};

/** Schedules of at most `maxLength` steps of these kinds; a part of them is much shorter. */
export const schedules = (names: readonly StepName[], maxLength: number) =>
  fc.array(
    fc.oneof(
      ...names.map((name) => ({ weight: weights[name] ?? 1, arbitrary: arbitraries[name] })),
    ),
    { maxLength, size: "max" },
  );
