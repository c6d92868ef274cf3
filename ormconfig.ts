import "reflect-metadata";
import { AdvancedConsoleLogger } from "typeorm";
import { loadConfig } from "./src/config.js";
import { createDataSource } from "./src/database/data-source.js";
import { provideDatabase } from "./src/database/server.js";

/**
 * For TypeORM's command line: `npm run typeorm -- migration:show`. The database is the one that the
 * service would use; an embedded one is started where it does not run, and stopped again.
 */
const server = await provideDatabase(loadConfig(), console.error);

const dataSource = createDataSource({
  url: server.url,
  poolSize: 2,
  logger: new AdvancedConsoleLogger(["schema", "migration"]),
  timeouts: { statement: 0, lock: 0, idleInTransaction: 0, silence: 0 },
});

const destroy = dataSource.destroy.bind(dataSource);
dataSource.destroy = async () => {
  await destroy();
  await server.stop();
};

export default dataSource;
