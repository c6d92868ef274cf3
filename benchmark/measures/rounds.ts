import { median } from "../support/statistics.js";
import { keyOf } from "./entries.js";
import type { Measurable, Sample } from "./sample.js";

/** All samples of an entry, one a round. */
export interface Series {
  label: string;
  floor?: string;
  samples: Sample[];
}

/** By `contender/case`. */
export type Figures = Record<string, Series>;

/**
 * Measures A B C A B C …, so that whatever the machine does meanwhile meets all of them. A round
 * before them warms up and does not count.
 */
export async function measureInRounds(
  measurables: readonly Measurable[],
  { rounds, seconds, say }: { rounds: number; seconds: number; say: (line: string) => void },
): Promise<Figures> {
  const figures: Figures = Object.fromEntries(
    measurables.map(({ entry }) => [
      keyOf(entry),
      { label: entry.label, floor: entry.floor, samples: [] },
    ]),
  );
  for (let round = 0; round <= rounds; round++)
    for (const { entry, sample, runIn } of measurables) {
      await runIn?.();
      const taken = await sample(seconds);
      if (round > 0) figures[keyOf(entry)]?.samples.push(taken);
      const rate = taken.requestsPerSecond.toFixed(taken.requestsPerSecond < 100 ? 1 : 0);
      say(`${round === 0 ? "warm-up" : `round ${round}`}: ${keyOf(entry)} ${rate}/s`);
    }
  return figures;
}

type Value = "requestsPerSecond" | "cpuMicroseconds";

/** The median of the ratios of each round: what slows a round down slows down both. */
export function ratio(
  figures: Figures,
  one: string,
  other: string,
  value: Value = "requestsPerSecond",
): number | undefined {
  const [ones, others] = [figures[one]?.samples, figures[other]?.samples];
  if (ones === undefined || others === undefined) return undefined;
  const ratios = ones.map((sample, round) => {
    const [above, below] = [sample[value], others[round]?.[value]];
    return above === undefined || below === undefined ? Number.NaN : above / below;
  });
  const middle = median(ratios);
  return Number.isNaN(middle) ? undefined : middle;
}
