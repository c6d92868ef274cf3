import { tsImport } from "tsx/esm/api";

/** @typedef {{ run: import("./test-run.js").TestRun, remove(): Promise<void> }} StartedRun */

/** What an error in here says fails the run. */
export default async function tearDown() {
  const { run, remove } = /** @type {{ gatehouseTestRun: StartedRun }} */ (
    /** @type {unknown} */ (globalThis)
  ).gatehouseTestRun;
  try {
    const { lookForIssuedSecrets } = await tsImport("./finish-run.ts", import.meta.url);
    const line = await lookForIssuedSecrets(run);
    if (line !== undefined) process.stderr.write(`${line}\n`);
  } finally {
    await remove();
  }
}
