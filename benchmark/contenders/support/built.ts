/**
 * A module of the product as it is shipped. Through tsx it would run too, but esbuild names every
 * inner function anew at each call, which costs a few percent of a request.
 *
 * @param path from src, with .js
 */
export const built = <Module>(path: string): Promise<Module> =>
  import(new URL(`../../../dist/src/${path}`, import.meta.url).href);
