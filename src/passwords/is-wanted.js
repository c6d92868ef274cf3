/**
 * Begins a job, unless whoever asked for it has given up (worker-pool.ts).
 * @param {Int32Array} [turn] shared: 0 while it waits
 * @returns {boolean}
 */
export const isWanted = (turn) =>
  turn === undefined || Atomics.compareExchange(turn, 0, 0, 1) === 0;
