import { sizeName } from "../measures/growth.js";
import { ratio } from "../measures/rounds.js";
import type { Results } from "./results.js";

/** One aim of ours beside what was reached. */
export interface Mark {
  aim: string;
  /** Undefined where it was not measured. */
  reached: number | undefined;
  unit: string;
  met: boolean | undefined;
}

const atLeast = (aim: string, reached: number | undefined, least: number, unit = "×"): Mark => ({
  ...{ aim, reached, unit },
  met: reached === undefined ? undefined : reached >= least,
});

const atMost = (aim: string, reached: number | undefined, most: number, unit = "×"): Mark => ({
  ...{ aim, reached, unit },
  met: reached === undefined ? undefined : reached <= most,
});

const refresh = "gatehouse/refresh";
const bearer = "gatehouse-no-database/bearer check";
const floor = "plain-fastify/refresh";

/** By the name of the contender and what its case is called. */
function findCase({ requests = {} }: Results, contender: string, name: RegExp): string {
  const found = Object.keys(requests).find(
    (key) => key.startsWith(`${contender}/`) && name.test(key.slice(contender.length + 1)),
  );
  return found ?? "";
}

function requestMarks(results: Results): Mark[] {
  const { requests = {} } = results;
  const times = (one: string, contender: string, name: RegExp) =>
    ratio(requests, one, findCase(results, contender, name));
  return [
    atLeast("refresh ≥ 0.9 of plain Fastify", ratio(requests, refresh, floor), 0.9),
    atMost(
      "at ≤ 1.25 of its processor time",
      ratio(requests, refresh, floor, "cpuMicroseconds"),
      1.25,
    ),
    atLeast("≥ 6 times oidc-provider's refresh", times(refresh, "oidc-provider", /refresh/i), 6),
    atLeast(
      "≥ 8 times better-auth's get-session",
      times(refresh, "better-auth", /^(?!.*(cache|jwt)).*session/i),
      8,
    ),
    atLeast("≥ 12 times accounts-js's refresh", times(refresh, "accounts-js", /refresh/i), 12),
    atLeast(
      "bearer check ≥ 6 times better-auth's cookie cache",
      times(bearer, "better-auth", /cache/i),
      6,
    ),
    atLeast("bearer check ≥ 0.9 of Apollo without auth", ratio(requests, bearer, "apollo/me"), 0.9),
    atLeast(
      "forged refresh token ≥ 1.3 times valid ones",
      ratio(requests, "gatehouse/refresh, forged", refresh),
      1.3,
    ),
    atLeast(
      "sign-in ≥ 0.95 of the raw hash",
      ratio(requests, "gatehouse/sign-in", "raw-hash/verify"),
      0.95,
    ),
  ];
}

function costMarks({ costs }: Results): Mark[] {
  const statements = costs?.statements;
  return [
    atMost("refresh: one statement", statements?.refresh, 1, ""),
    atMost("forged refresh token: no statement", statements?.["refresh, forged"], 0, ""),
    atMost("WAL ≤ 300 bytes per rotation", costs?.wal.bytesPerRotation, 300, " bytes"),
  ];
}

function growthMarks({ growth }: Results): Mark[] {
  const [first = 0, ...more] = growth?.sizes ?? [];
  const last = more.at(-1) ?? 0;
  const key = (size: number) => `${sizeName(size)}/refresh`;
  const { rowsBefore = 0, rowsAfter = 0, bytesBefore = 0, bytesAfter = 0 } = growth?.million ?? {};
  const measured = (value: number) => (growth === undefined ? undefined : value);
  return [
    atLeast(
      "10 million sessions: refresh ≥ 0.9 of 10 thousand",
      growth && ratio(growth.refresh, key(last), key(first)),
      0.9,
    ),
    atMost("a million rotations add no row", measured(rowsAfter - rowsBefore), 0, " rows"),
    atMost("… and less than 5 % of size", measured((bytesAfter / bytesBefore - 1) * 100), 5, " %"),
    atLeast("… HOT share ≥ 99 %", growth && growth.million.hotShare * 100, 99, " %"),
  ];
}

/** A refresh that was shed is answered quickly: where there was one, the aim is missed. */
function stormRatio({ storm }: Results): number | undefined {
  if (storm === undefined) return undefined;
  const shed = storm.outcomes["refresh OVERLOADED"] ?? 0;
  return shed > 0 ? Number.POSITIVE_INFINITY : storm.storm.p99 / storm.idle.p99;
}

const otherMarks = (results: Results): Mark[] => [
  atMost("storm: refresh p99 ≤ 3 times idle", stormRatio(results), 3),
  atMost(
    "start to first answer ≤ 1.5 s",
    results.start && results.start.firstAnswer / 1000,
    1.5,
    " s",
  ),
  atMost("resident memory at idle ≤ 120 MB", results.start?.idle, 120, " MB"),
];

/** What the benchmark is to show, in the order of the table. */
export const marksOf = (results: Results): Mark[] => [
  ...requestMarks(results),
  ...costMarks(results),
  ...growthMarks(results),
  ...otherMarks(results),
];
