/** `npm run test:faults` does everything more often; see jest.faults.config.mjs. */
export const isLongRun = (globalThis as { faults?: string }).faults === "long";

/** How often something is done in `npm test`, and in the long run. */
export const times = (short: number, long: number): number => (isLongRun ? long : short);
