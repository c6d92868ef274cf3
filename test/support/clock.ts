import type { Clock } from "../../src/clock.js";

export const systemClock: Clock = { now: () => Date.now() };

/** Real time, moved by hand: expiry is tested without waiting for it. */
export function movableClock(): Clock & { advance(seconds: number): void } {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(seconds) {
      ahead += seconds * 1000;
    },
  };
}
