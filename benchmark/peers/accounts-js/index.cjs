// @ts-nocheck: its packages are not those of the root, and seldom installed.
require("../production.cjs");
const { announce, connections, databaseUrl, port, secret, seed } = require("../contender.cjs");
const { AccountsModule } = require("@accounts/graphql-api");
const { AccountsPassword } = require("@accounts/password");
const { AccountsServer } = require("@accounts/server");
const { AccountsTypeorm, entities } = require("@accounts/typeorm");
const { ApolloServer } = require("apollo-server");
const { createConnection } = require("typeorm");

async function main() {
  const connection = await createConnection({
    type: "postgres",
    url: databaseUrl,
    entities,
    // As in its own example.
    synchronize: true,
    logging: false,
    extra: { max: connections },
  });
  // Its schema has none of these, but a refresh looks by them.
  for (const [table, column] of [
    ["user_session", "token"],
    ["user_session", "userId"],
    ["user_email", "userId"],
    ["user_service", "userId"],
  ]) {
    await connection.query(`CREATE INDEX ON ${table} ("${column}")`);
  }

  const db = new AccountsTypeorm({ connection });
  const accountsServer = new AccountsServer(
    { db, tokenSecret: secret("accounts-js"), siteUrl: `http://127.0.0.1:${port}` },
    { password: new AccountsPassword() },
  );
  const { schema, context } = AccountsModule.forRoot({ accountsServer });

  /** A user for each, because a refresh reads the user with all of its sessions. */
  const seeds = await seed(async (n) => {
    const name = `seed-${n}`;
    // In the place of a password's hash: no case asks for one.
    const password = secret(name);
    const id = await db.createUser({ username: name, email: `${name}@example.com`, password });
    const connectionInfo = { ip: "127.0.0.1", userAgent: "benchmark" };
    const { tokens } = await accountsServer.loginWithUser(
      await db.findUserById(id),
      connectionInfo,
    );
    return JSON.stringify(tokens);
  });

  const server = new ApolloServer({
    schema,
    context,
    debug: false,
    introspection: false,
    playground: false,
    subscriptions: false,
    stopOnTerminationSignals: false,
  });
  await server.listen({ port, host: "127.0.0.1" });

  const query =
    "mutation Refresh($accessToken: String!, $refreshToken: String!) { refreshTokens(" +
    "accessToken: $accessToken, refreshToken: $refreshToken) { tokens { accessToken refreshToken } } }";
  announce({
    refresh: {
      method: "POST",
      path: "/graphql",
      headers: { "content-type": "application/json" },
      body: `{"operationName":"Refresh","query":${JSON.stringify(query)},"variables":{{token}}}`,
      seeds,
      // No `next`: the old tokens stay good, and only their database adapter could rotate them.
      ok: '"refreshTokens":\\{"tokens":\\{"accessToken":"[^"]+","refreshToken":"[^"]+"',
    },
  });
}

main();
