/** A moment by both clocks of the device. */
export interface Moment {
  steadyMs: number;
  wallMs: number;
}

/** The moment `agoMs` ago. */
export const moment = (agoMs = 0): Moment => ({
  steadyMs: performance.now() - agoMs,
  wallMs: Date.now() - agoMs,
});

/**
 * Time since then, the longer of what the two clocks say. The steady one stands still while some
 * systems sleep; the wall clock may be hours wrong, but only what it gains is looked at. A clock
 * that is set forward costs one early refresh.
 */
export const elapsedMs = ({ steadyMs, wallMs }: Moment): number =>
  Math.max(performance.now() - steadyMs, Date.now() - wallMs);
