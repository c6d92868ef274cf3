import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { planKeys, type ScheduledKey } from "../../src/access-tokens/key-schedule.js";

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse("2026-01-01T00:00:00Z");
const at = (days: number) => new Date(start + days * day);
const key = (kid: string, days: number, usable = true): ScheduledKey => ({
  kid,
  signsFrom: at(days),
  usable,
});

describe("the plan", () => {
  const cases: [string, ScheduledKey[], number, { makeFrom?: number; retire?: string[] }][] = [
    ["the first key signs at once", [], 0, { makeFrom: 0 }],
    ["a young key needs no other", [key("a", 0)], 28.9, {}],
    ["the next is made a day before its time", [key("a", 0)], 29, { makeFrom: 30 }],
    ["one that is made is not made again", [key("a", 0), key("b", 30)], 29.5, {}],
    ["the last is kept while its tokens live", [key("a", 0), key("b", 30)], 31, {}],
    ["then it goes", [key("a", 0), key("b", 30)], 31.1, { retire: ["a"] }],
    ["after a long sleep the next is still published first", [key("a", 0)], 400, { makeFrom: 401 }],
    ["a key that nobody can open is replaced at once", [key("a", 0, false)], 9, { makeFrom: 9 }],
    [
      "and goes when its successor has signed",
      [key("a", 0, false), key("b", 9)],
      10.1,
      { retire: ["a"] },
    ],
    [
      "an unreadable next key is made again",
      [key("a", 0), key("b", 30, false)],
      29.5,
      { makeFrom: 30.5 },
    ],
    [
      "a usable next key is enough where the present one is lost",
      [key("a", 0, false), key("b", 30)],
      29.5,
      {},
    ],
    ["an unreadable key succeeds nobody", [key("a", 0), key("b", 5, false)], 20, {}],
  ];
  test.each(cases)("%s", (_, keys, now, { makeFrom, retire = [] }) => {
    const plan = planKeys(keys, at(now));
    expect(plan).toEqual({ makeFrom: makeFrom === undefined ? undefined : at(makeFrom), retire });
  });
});

/** A day of a token: signed by the key of the time, checked for as long as it can live. */
interface Living {
  kid: string;
  until: number;
}

test("whenever replicas look, a token's key is published before it signs and as long as it lives", () => {
  const steps = fc.array(fc.integer({ min: 1, max: 40 * 24 }), { minLength: 20, maxLength: 60 });
  fc.assert(
    fc.property(steps, (hours) => {
      let keys: ScheduledKey[] = [];
      let now = start;
      const publishedAt = new Map<string, number>();
      let living: Living[] = [];
      for (const step of [0, ...hours]) {
        now += step * hour;
        const plan = planKeys(keys, new Date(now));
        keys = keys.filter(({ kid }) => !plan.retire.includes(kid));
        if (plan.makeFrom !== undefined)
          keys.push({ kid: `${now}`, signsFrom: plan.makeFrom, usable: true });
        for (const { kid } of keys) if (!publishedAt.has(kid)) publishedAt.set(kid, now);

        living = living.filter(({ until }) => until > now);
        for (const { kid } of living) expect(keys.map((k) => k.kid)).toContain(kid);

        const signer = keys.findLast(({ signsFrom }) => signsFrom.getTime() <= now);
        expect(signer).toBeDefined();
        const published = publishedAt.get(signer?.kid ?? "") as number;
        const isFirst = published === start;
        expect(isFirst || now - published >= day).toBe(true);
        living.push({ kid: signer?.kid ?? "", until: now + day });
        expect(keys.length).toBeLessThanOrEqual(3);
      }
    }),
  );
});
