import { refusal } from "./limiter.js";
import type { LimitStore } from "./store.js";

/**
 * NIST SP 800-63B-4 section 3.2.2: no more than 100 wrong passwords in a row for one account. No
 * setting can raise them; the two together stay below.
 */
export const mostInARow = { stranger: 60, known: 35 } as const;

export type Standing = keyof typeof mostInARow;

/** Names that nobody has leave nothing behind. */
const forgottenSeconds = 3600;

/** Wrong passwords since the last right one, however long ago. */
export interface TriesInARow {
  /** Counts one. */
  take(
    standing: Standing,
    about: { id: string; exists: boolean },
  ): Promise<{ keys: string[]; allowed: boolean }>;
  keysOf(id: string): string[];
}

export function createTriesInARow(store: LimitStore): TriesInARow {
  const counterOf = (standing: Standing) =>
    store.counter(`row-${standing}`, { times: mostInARow[standing], seconds: 0 }, false);
  const counters = { stranger: counterOf("stranger"), known: counterOf("known") };
  return {
    keysOf: (id) => Object.values(counters).map((counter) => counter.getKey(store.nameOf(id))),
    async take(standing, { id, exists }) {
      const counter = counters[standing];
      const name = store.nameOf(id);
      const options = exists ? {} : { customDuration: forgottenSeconds };
      const allowed = await counter.consume(name, 1, options).then(
        () => true,
        (reason: unknown) => {
          if (refusal(reason) === undefined) throw reason;
          return false;
        },
      );
      return { keys: [counter.getKey(name)], allowed };
    },
  };
}
