import { join } from "node:path";

/** What Node writes into `folder` when it ends: read it with Chrome's developer tools. */
export const profiling = (folder: string | undefined, name: string): string[] =>
  folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${join(folder, name)}`];
