import { Client } from "pg";
import { startEmbeddedDatabase } from "../../src/database/embedded/index.js";

/**
 * A process that uses the embedded database, as the service does: says where it is, and gives it up
 * on SIGTERM. On SIGINT it first asks the server something, as a drain does.
 */
const database = await startEmbeddedDatabase({
  dataDir: process.argv[2] ?? "",
  settings: { fsync: "off" },
});
const { url, folder, notice } = database;
console.log(JSON.stringify({ url, folder, notice }));

process.on("SIGTERM", async () => {
  await database.stop();
  process.exit(0);
});
process.on("SIGINT", async () => {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("SELECT 1");
  await client.end();
  await database.stop();
  process.exit(0);
});
setInterval(() => undefined, 1000);
