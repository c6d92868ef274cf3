import type { Costs } from "../measures/costs.js";
import type { GrowthFigures } from "../measures/growth.js";
import type { RevocationFigures, Spread } from "../measures/revocation.js";
import { type Figures, ratio, type Series } from "../measures/rounds.js";
import type { Sample } from "../measures/sample.js";
import type { StartFigures } from "../measures/start.js";
import type { Phase, StormFigures } from "../measures/storm.js";
import { median } from "../support/statistics.js";
import { figure, table } from "./markdown.js";
import { marksOf } from "./marks.js";
import type { Results } from "./results.js";

const values = ({ samples }: Series, of: keyof Sample) =>
  samples.map((sample) => sample[of] ?? Number.NaN);

function withRange(series: Series, of: keyof Sample): string {
  const all = values(series, of);
  return `${figure(median(all))} (${figure(Math.min(...all))}–${figure(Math.max(...all))})`;
}

const middle = (series: Series, of: keyof Sample) => figure(median(values(series, of)));

const times = (value: number | undefined) => (value === undefined ? "" : `${value.toFixed(2)} ×`);

function requestRow(figures: Figures, key: string, series: Series): string[] {
  const ratioOf = (value?: "cpuMicroseconds") =>
    series.floor === undefined ? "" : times(ratio(figures, key, series.floor, value));
  return [
    series.label,
    withRange(series, "requestsPerSecond"),
    ratioOf(),
    middle(series, "p50"),
    middle(series, "p99"),
    middle(series, "cpuMicroseconds"),
    ratioOf("cpuMicroseconds"),
    middle(series, "residentMegabytes"),
  ];
}

const requestTable = (figures: Figures): string =>
  table(
    [
      "",
      "requests/s (min–max)",
      "of its floor",
      "p50 ms",
      "p99 ms",
      "CPU µs",
      "of its floor",
      "MB",
    ],
    Object.entries(figures).map(([key, series]) => requestRow(figures, key, series)),
  );

const costTable = ({ statements, wal }: Costs): string =>
  `${table(
    ["a request", "statements"],
    Object.entries(statements).map(([name, count]) => [name, figure(count)]),
  )}

${table(
  ["write-ahead log", "bytes per rotation"],
  [
    [`records of ${figure(wal.rotations)} rotations`, figure(wal.bytesPerRotation)],
    ["images of whole pages beside them", figure(wal.imageBytesPerRotation)],
    ["both, each session's first one after a checkpoint", figure(wal.bytesPerFirstRotation)],
  ],
)}`;

const startTable = ({ ready, firstAnswer, fresh, idle }: StartFigures): string =>
  table(
    ["start, on a database that is migrated", ""],
    [
      ["`/health/ready` says 200 after", `${figure(ready)} ms`],
      ["the first answer of GraphQL is there after", `${figure(firstAnswer)} ms`],
      ["resident memory right after that, without PostgreSQL", `${figure(fresh)} MB`],
      ["resident memory at idle, without PostgreSQL", `${figure(idle)} MB`],
    ],
  );

const phaseRow = (name: string, { p50, p99, eventLoop, refreshes }: Phase) => [
  name,
  ...[p50, p99, eventLoop, refreshes].map(figure),
];

const stormTable = ({ idle, storm, outcomes }: StormFigures): string =>
  `${table(
    ["refresh, ms", "p50", "p99", "event loop p99", "refreshes"],
    [phaseRow("before the storm", idle), phaseRow("200 who sign in without end", storm)],
  )}

${Object.entries(outcomes)
  .map(([what, count]) => `${what}: ${figure(count)}`)
  .sort()
  .join(" · ")}`;

const growthTable = ({ refresh, million }: GrowthFigures): string =>
  `${requestTable(refresh)}

${table(
  [
    `${figure(million.rotations)} rotations of ${figure(million.sessions)} sessions`,
    "before",
    "after",
  ],
  [
    ["rows", figure(million.rowsBefore), figure(million.rowsAfter)],
    ["table and indexes, MB", figure(million.bytesBefore / 1e6), figure(million.bytesAfter / 1e6)],
    ["HOT updates among all", "", `${figure(million.hotShare * 100)} %`],
  ],
)}`;

const spreadRow = (name: string, { p50, p99, max }: Spread) => [
  name,
  ...[p50, p99, max].map((milliseconds) => `${milliseconds.toFixed(1)} ms`),
];

const revocationTable = (figures: RevocationFigures): string =>
  `${table(
    [
      `${figure(figures.revocations)} revocations, ${figures.replicas - 1} replicas asked for each`,
      ...["p50", "p99", "max"],
    ],
    [
      spreadRow("the last request that was still let in was sent, after the answer", figures.letIn),
      spreadRow("the first refusal was there, after the answer", figures.refused),
      spreadRow("for comparison: a request that is let in takes", figures.usual),
    ],
  )}

In ${(figures.neverLetIn * 100).toFixed(1)} % of the cases no request was let in after the answer at all; ${figure(figures.otherRequestsPerSecond)} other requests a second.`;

const markTable = (results: Results): string =>
  table(
    ["aim", "reached", ""],
    marksOf(results).map(({ aim, reached, unit, met }) => [
      aim,
      reached === undefined ? "not measured" : `${figure(reached)}${unit}`,
      met === undefined ? "" : met ? "✓" : "✗",
    ]),
  );

/** By the name of the part: its figures as they stand in README.md, and how they were taken. */
export function report(results: Results): Map<string, string> {
  const { circumstances, requests, costs, start, storm, growth, revocation } = results;
  const parts = {
    requests: requests && requestTable(requests),
    costs: costs && costTable(costs),
    start: start && startTable(start),
    storm: storm && stormTable(storm),
    growth: growth && growthTable(growth),
    revocation: revocation && revocationTable(revocation),
  };
  const texts = new Map<string, string>();
  if (requests !== undefined) texts.set("aims", markTable(results));
  for (const [name, text] of Object.entries(parts))
    if (text !== undefined)
      texts.set(name, `${text}\n\n${circumstances[name as keyof typeof parts]}`);
  return texts;
}
