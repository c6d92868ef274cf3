import type { BaseLogger } from "pino";
import type { DataSource } from "typeorm";
import type { Config } from "../config.js";
import { createDataSource } from "./data-source.js";
import { explainConnection } from "./explain-connection.js";
import { runMigrations } from "./migrate.js";
import { provideDatabase } from "./server.js";

export interface OpenDatabase {
  /** Initialised and migrated. */
  dataSource: DataSource;
  /** A line for whoever started us. */
  notice: string | undefined;
  /** Closes the connections, then gives up the embedded server. */
  close(): Promise<void>;
}

async function connect(url: string, poolSize: number, log: BaseLogger): Promise<DataSource> {
  await runMigrations({ url, log: (line) => log.info(line) });
  const dataSource = createDataSource({
    url,
    poolSize,
    onConnectionLost: ({ message }) =>
      log.warn({ event: "database_connection_lost", reason: message }, "lost a connection"),
  });
  return dataSource.initialize().catch((error) => {
    throw explainConnection(error, url);
  });
}

/**
 * The database of DATABASE_URL, or the embedded one: reached, checked and migrated.
 *
 * @throws {DatabaseStartError} whose message says in plain words what is wrong; it holds no password
 */
export async function openDatabase(
  config: Pick<Config, "databaseUrl" | "databasePool" | "dataDir">,
  log: BaseLogger,
): Promise<OpenDatabase> {
  const server = await provideDatabase(config, (line) => log.warn(line));
  try {
    const dataSource = await connect(server.url, config.databasePool, log);
    return {
      dataSource,
      notice: server.notice,
      async close() {
        await dataSource.destroy();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
