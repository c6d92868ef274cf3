import { openSync } from "node:fs";
import type { Pool } from "pg";
import { meDocument } from "../../client/src/documents.js";
import { runMigrations } from "../../src/database/migrate.js";
import { announce, graphql, withBearer } from "./support/announce.js";
import { built } from "./support/built.js";
import { person } from "./support/person.js";
import { productionSettings, told } from "./support/settings.js";

/**
 * A bearer check alone. No field of the API wants a signed-in caller and reads nothing, so here the
 * whole product answers `me`, but the one statement of `me` is answered from memory. What is left is
 * HTTP, GraphQL, the check of the access token, and that its session has not ended.
 */
const { buildApp } = await built<typeof import("../../src/app.js")>("app.js");
const { loadConfig } = await built<typeof import("../../src/config.js")>("config.js");
const { createDataSource } =
  await built<typeof import("../../src/database/data-source.js")>("database/data-source.js");
const { poolOf } = await built<typeof import("../../src/database/pool.js")>("database/pool.js");
const { openAccessTokens } =
  await built<typeof import("../../src/access-tokens/index.js")>("access-tokens/index.js");
const { createLogger } = await built<typeof import("../../src/log.js")>("log.js");
const { logDestination } =
  await built<typeof import("../../src/log-destination.js")>("log-destination.js");

const { databaseUrl, port } = told();
await runMigrations({ url: databaseUrl });
const config = loadConfig(productionSettings(25));
const database = await createDataSource({ url: databaseUrl, poolSize: 10 }).initialize();
const pool = poolOf(database);
const { query } = pool;
pool.query = ((...args: unknown[]) => {
  const [statement] = args as [{ name?: string }];
  if (statement.name === "read-user") return Promise.resolve({ rows: [person] });
  return Reflect.apply(query, pool, args);
}) as Pool["query"];

const log = createLogger(config, logDestination(openSync("/dev/null", "w")));
const clock = { now: Date.now };
const app = await buildApp({ config, database, clock, logger: log });
const accessTokens = await openAccessTokens({ config, pool, clock, log });
const { accessToken } = accessTokens.sign({
  userId: person.id,
  sessionId: person.id,
  role: person.role,
  emailVerified: true,
  authenticatedAt: new Date(),
  amr: ["pwd"],
  issuedAt: new Date(),
  sessionExpiresAt: new Date(Date.now() + 86_400_000),
});
await app.listen({ host: "127.0.0.1", port });
announce({
  "bearer check": graphql(meDocument, undefined, {
    seeds: [accessToken],
    headers: withBearer,
    ok: '"email":',
  }),
});
