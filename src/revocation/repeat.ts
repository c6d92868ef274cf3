import { setTimeout as sleep } from "node:timers/promises";

const firstPauseMilliseconds = 100;
const longestPauseMilliseconds = 2000;
/** What held this long was good: the next trouble is a new one. */
const goodAfterMilliseconds = 10_000;

/** Does it again and again until it is stopped, after pauses that grow. @param work never throws */
export async function repeat(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  let pause = firstPauseMilliseconds;
  while (!signal.aborted) {
    const began = performance.now();
    await work();
    if (performance.now() - began > goodAfterMilliseconds) pause = firstPauseMilliseconds;
    await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
    pause = Math.min(pause * 2, longestPauseMilliseconds);
  }
}
