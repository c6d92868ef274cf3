/** What Node writes to `folder` when it ends: read it with Chrome's developer tools. */
export const profiling = (folder: string | undefined, name: string): string[] =>
  folder === undefined
    ? []
    : ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`];
