import { tsImport } from "tsx/esm/api";

/** One PostgreSQL for the whole run; see start-run.ts. */
export default async function setUp() {
  const { startRun } = await tsImport("./start-run.ts", import.meta.url);
  Object.assign(globalThis, { gatehouseTestRun: await startRun() });
}
