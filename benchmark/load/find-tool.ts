import { autocannonTool } from "./autocannon.js";
import type { LoadTool } from "./load.js";
import { findWrk } from "./wrk.js";

/**
 * wrk where it is installed, autocannon otherwise.
 * @param wanted one of the two by name
 * @throws {Error} where that is not there
 */
export function findLoadTool(wanted?: string): LoadTool {
  if (wanted === "autocannon") return autocannonTool();
  const wrk = findWrk();
  if (wanted === "wrk" && wrk === undefined) throw new Error("wrk is not installed");
  if (wanted !== undefined && wanted !== "wrk") throw new Error(`--load ${wanted} is unknown`);
  return wrk ?? autocannonTool();
}
