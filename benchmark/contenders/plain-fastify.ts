import Fastify, { type FastifyRequest } from "fastify";
import { Pool } from "pg";
import { pino } from "pino";
import { runMigrations } from "../../src/database/migrate.js";
import type { TokenTransport } from "../../src/sessions/token-transport.js";
import { announce, nextRefreshToken, post, withBearer } from "./support/announce.js";
import { built } from "./support/built.js";
import { connect, type Seeded, seed } from "./support/seed.js";
import { productionSettings, told } from "./support/settings.js";

/**
 * The floor: the least that a server in Node can do for the same answers. Plain routes of Fastify
 * that call the product's own checks, statements and signatures, and nothing else of it: no GraphQL,
 * no limits, no log, no metrics, no revocation.
 */
const { loadConfig } = await built<typeof import("../../src/config.js")>("config.js");
const { keyRing } = await built<typeof import("../../src/secrets.js")>("secrets.js");
const { createRefreshTokens } = await built<typeof import("../../src/sessions/refresh-token.js")>(
  "sessions/refresh-token.js",
);
const { rotateAlone } =
  await built<typeof import("../../src/sessions/rotate.js")>("sessions/rotate.js");
const { listSessions } =
  await built<typeof import("../../src/sessions/list.js")>("sessions/list.js");
const { readMe } = await built<typeof import("../../src/accounts/me.js")>("accounts/me.js");
const { openAccessTokens } =
  await built<typeof import("../../src/access-tokens/index.js")>("access-tokens/index.js");

const { databaseUrl, port, seeds } = told();
await runMigrations({ url: databaseUrl });
const config = loadConfig(productionSettings(25));
const pool = new Pool({ connectionString: databaseUrl, max: config.databasePool });
const refreshTokens = createRefreshTokens(keyRing(config.authSecrets, "refreshTokenMac"));
const log = pino({ level: "silent" });
const accessTokens = await openAccessTokens({ config, pool, clock: { now: Date.now }, log });

type Row = NonNullable<Awaited<ReturnType<typeof rotateAlone>>>;

const sign = (row: Row) =>
  accessTokens.sign({
    userId: row.userId,
    sessionId: row.id,
    role: row["user.role"],
    emailVerified: row["user.emailVerified"],
    authenticatedAt: row.createdAt,
    amr: row.amr,
    issuedAt: row.lastUsedAt,
    sessionExpiresAt: row.expiresAt,
  });

const app = Fastify();

app.post<{ Body: { refreshToken: string } }>("/refresh", async ({ body, ip }, reply) => {
  const token = refreshTokens.open(body.refreshToken);
  if (token === undefined) return reply.code(401).send({ error: "invalid" });
  const asked = {
    from: token.generation,
    transport: "BODY" as TokenTransport,
    retryKeyHash: null,
    ip,
  };
  const row = await rotateAlone(pool, config, { ...token, ...asked });
  if (row === undefined) return reply.code(401).send({ error: "invalid" });
  const refreshToken = refreshTokens.issue({
    sessionId: row.id,
    generation: Number(row.generation),
  });
  return { ...sign(row), refreshToken };
});

function memberOf({ headers }: FastifyRequest) {
  const verified = accessTokens.verify(headers.authorization?.slice("Bearer ".length) ?? "");
  if (!verified.ok) throw new Error("unauthenticated");
  return { userId: verified.claims.sub, sessionId: verified.claims.sid };
}

app.get("/me", async (request) => readMe({ pool }, memberOf(request)));
app.get("/sessions", async (request) =>
  listSessions({ pool }, { member: memberOf(request), includeEnded: false }),
);
await app.listen({ host: "127.0.0.1", port });

const client = await connect(databaseUrl);
const sessions = await seed(client, { users: seeds, sessions: 1 });

/** Rotated once by hand: that is how the row of a session comes to be known. */
async function accessTokenOf({ sessionId }: Seeded): Promise<string> {
  const asked = { from: 0, transport: "BODY" as TokenTransport, retryKeyHash: null, ip: null };
  const row = await rotateAlone(pool, config, { sessionId, generation: 0, ...asked });
  return row === undefined ? "" : sign(row).accessToken;
}

async function readers(sessions: number): Promise<string[]> {
  const rows = await seed(client, { users: 20, sessions });
  const oneEach = [...new Map(rows.map((row) => [row.userId, row])).values()];
  return Promise.all(oneEach.map(accessTokenOf));
}

const get = (path: string, seeds: string[], ok: string) => ({
  method: "GET",
  path,
  headers: withBearer,
  seeds,
  ok,
});
const cases = {
  refresh: post(
    "/refresh",
    { refreshToken: "{{token}}" },
    {
      seeds: sessions.map(({ sessionId }) => refreshTokens.issue({ sessionId, generation: 0 })),
      next: nextRefreshToken,
      ok: "accessToken",
    },
  ),
  me: get("/me", await readers(1), '"email":'),
  "mySessions of 5": get("/sessions", await readers(5), '"device":'),
  "mySessions of 100": get("/sessions", await readers(100), '"device":'),
};
await client.end();
announce(cases);
