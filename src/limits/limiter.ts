import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  type RateLimiterRes,
} from "rate-limiter-flexible";
import { type AuthError, rateLimited } from "../errors/auth-error.js";
import type { Rate } from "./limit-settings.js";
import type { LimitStore } from "./store.js";

/** Something that may be had so often, in one time or several: all of them hold. */
export interface Limiter {
  /**
   * Takes one, before anything is looked at; of many at once no more than the limit get one. What
   * is refused counts in the time that refused it alone.
   *
   * @returns what was taken, to give it back
   * @throws {AuthError} RATE_LIMITED
   */
  take(about: string): Promise<string[]>;
  keysOf(about: string): string[];
}

/** The library rejects with a result for "too often", and with an Error for all else. */
const isRefusal = (reason: unknown): reason is RateLimiterRes =>
  !(reason instanceof Error) && typeof reason === "object" && reason !== null;

export const refusal = (reason: unknown): AuthError | undefined =>
  isRefusal(reason) ? rateLimited(Math.max(1, Math.ceil(reason.msBeforeNext / 1000))) : undefined;

export const unlimited: Limiter = { take: async () => [], keysOf: () => [] };

async function takeOne(counter: RateLimiterAbstract, about: string): Promise<void> {
  await counter.consume(about).catch((reason: unknown) => {
    throw refusal(reason) ?? reason;
  });
}

const rowName = (name: string, { seconds }: Rate) => `${name}/${seconds}`;

/** Counted in the database, for all replicas and over restarts. */
export function sharedLimiter(
  store: LimitStore,
  name: string,
  rates: readonly Rate[],
  { kept = false } = {},
): Limiter {
  const counters = rates.map((rate) => store.counter(rowName(name, rate), rate, kept));
  return {
    keysOf: (about) => counters.map((counter) => counter.getKey(store.nameOf(about))),
    async take(about) {
      const taken: string[] = [];
      for (const counter of counters) {
        const key = store.nameOf(about);
        try {
          await takeOne(counter, key);
        } catch (error) {
          await store.giveBack(taken);
          throw error;
        }
        taken.push(counter.getKey(key));
      }
      return taken;
    },
  };
}

/** Counted here alone: for what costs us work and gives nobody a chance to guess. */
export function localLimiter(name: string, rates: readonly Rate[]): Pick<Limiter, "take"> {
  const counters = rates.map(
    ({ times, seconds }) =>
      new RateLimiterMemory({ keyPrefix: name, points: times, duration: seconds }),
  );
  return {
    async take(about) {
      for (const counter of counters) await takeOne(counter, about);
      return [];
    },
  };
}
