import type { Config } from "../config.js";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "./embedded/index.js";

export type DatabaseServer = Pick<EmbeddedDatabase, "url" | "notice" | "stop">;

/**
 * The database of DATABASE_URL, or the embedded one, started.
 * @throws {DatabaseStartError} where the embedded one cannot run
 */
export async function provideDatabase(
  { databaseUrl, dataDir }: Pick<Config, "databaseUrl" | "dataDir">,
  log: (line: string) => void,
): Promise<DatabaseServer> {
  if (databaseUrl === undefined) return startEmbeddedDatabase({ dataDir, log });
  return { url: databaseUrl, stop: async () => undefined };
}
