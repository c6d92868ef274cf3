import type { ThiefKeys } from "./thief.js";
import type { World } from "./world.js";

const retryAfterMs = 2000;
/** Longer than anything may take; a search that runs into it fails. */
const givesUpAfterMs = 600_000;

/** What the thief does while the victim asks again and again. */
export interface ThiefTurn {
  afterMs: number;
  keys: ThiefKeys;
}

/**
 * The victim refreshes, and asks again after each OVERLOADED until the answer is definite.
 * @returns how long that took, in milliseconds
 */
export function refreshUntilDefinite(world: World, turns: readonly ThiefTurn[] = []): number {
  const began = world.now;
  const waiting = [...turns];
  let turnAt = began + (waiting[0]?.afterMs ?? Number.POSITIVE_INFINITY);
  while (world.now - began < givesUpAfterMs) {
    for (; turnAt <= world.now; turnAt += waiting[0]?.afterMs ?? Number.POSITIVE_INFINITY) {
      const turn = waiting.shift();
      if (turn) world.theft(turn.keys);
    }
    if (world.refresh().kind !== "later") return world.now - began;
    world.wait(retryAfterMs);
  }
  return Number.POSITIVE_INFINITY;
}
