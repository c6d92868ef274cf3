import { existsSync } from "node:fs";

const dist = new URL("../../../dist/src/", import.meta.url);
const sources = new URL("../../../src/", import.meta.url);
const folder = existsSync(dist) ? dist : sources;

/**
 * A module of the product as it is shipped, or of its sources where it is not built. They run through
 * tsx too, but esbuild names every inner function anew at each call, which costs a few percent.
 *
 * @param path from src, with .js
 */
export const built = <Module>(path: string): Promise<Module> => import(new URL(path, folder).href);
