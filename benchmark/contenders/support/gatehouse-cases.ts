import { randomBytes, randomUUID } from "node:crypto";
import type { Client } from "pg";
import {
  meDocument,
  refreshDocument,
  registerDocument,
  sessionsDocument,
  signInDocument,
} from "../../../client/src/documents.js";
import type { RefreshTokens } from "../../../src/sessions/refresh-token.js";
import type { Case } from "../../support/contender.js";
import { graphql, nextRefreshToken, withBearer } from "./announce.js";
import { type Seeded, seed } from "./seed.js";

export interface CaseParts {
  client: Client;
  url: string;
  refreshTokens: RefreshTokens;
  /** Each is refreshed for the first time. */
  sessions: Seeded[];
}

/** What a client needs of a refresh; our own client asks for all there is. */
const refreshOfTokens =
  "mutation Refresh($refreshToken: String) { refreshToken(refreshToken: $refreshToken) { accessToken expiresIn refreshToken } }";

const perReader = 20;
const registrations = 2000;
const password = randomBytes(12).toString("base64url");

const firstToken = (refreshTokens: RefreshTokens, { sessionId }: Seeded) =>
  refreshTokens.issue({ sessionId, generation: 0 });

/** Of the right form and length, with a MAC that is not ours. */
const forged = (token: string) => token.slice(0, -20) + randomBytes(15).toString("base64url");

async function ask(url: string, { body, headers }: Case) {
  const answer = await fetch(`${url}/graphql`, { method: "POST", body, headers });
  const { data, errors } = (await answer.json()) as { data: never; errors?: unknown };
  if (errors !== undefined) throw new Error(`seeding failed: ${JSON.stringify(errors)}`);
  return data as Record<string, { accessToken: string }>;
}

/** Access tokens of people with so many sessions each. */
async function readers({ client, url, refreshTokens }: CaseParts, sessions: number) {
  const rows = await seed(client, { users: perReader, sessions });
  const oneEach = [...new Map(rows.map((row) => [row.userId, row])).values()];
  const tokens: string[] = [];
  for (const row of oneEach) {
    const variables = { refreshToken: firstToken(refreshTokens, row) };
    const data = await ask(url, graphql(refreshOfTokens, variables, { ok: "" }));
    tokens.push(data.refreshToken?.accessToken ?? "");
  }
  return tokens;
}

/** Accounts that share one password: one is registered, the others have its hash. */
async function people({ client, url }: CaseParts): Promise<string[]> {
  const email = `${randomUUID()}@example.com`;
  await ask(url, graphql(registerDocument, { input: { email, password } }, { ok: "" }));
  const { rows } = await client.query(
    `SELECT password_hash AS hash, pepper_id AS "pepperId" FROM users WHERE email = $1`,
    [email],
  );
  const made = await seed(client, { users: perReader, sessions: 1, password: rows[0] });
  const found = await client.query("SELECT email FROM users WHERE id = ANY($1)", [
    made.map(({ userId }) => userId),
  ]);
  return found.rows.map((row): string => row.email);
}

const refreshing = (query: string, seeds: string[]): Case =>
  graphql(
    query,
    { refreshToken: "{{token}}" },
    { seeds, next: nextRefreshToken, ok: "accessToken" },
  );

/** Every request that is measured, with what it needs already in the database. */
export async function gatehouseCases(parts: CaseParts): Promise<Record<string, Case>> {
  const { client, refreshTokens, sessions } = parts;
  const tokens = sessions.map((session) => firstToken(refreshTokens, session));
  const others = await seed(client, { users: sessions.length, sessions: 1 });
  const me = await readers(parts, 1);
  const list = (seeds: string[]) =>
    graphql(sessionsDocument, undefined, { seeds, headers: withBearer, ok: "mySessions" });
  const addresses = Array.from({ length: registrations }, () => `${randomUUID()}@example.com`);
  return {
    refresh: refreshing(refreshOfTokens, tokens),
    "refresh, all fields": refreshing(
      refreshDocument,
      others.map((session) => firstToken(refreshTokens, session)),
    ),
    "refresh, forged": graphql(
      refreshOfTokens,
      { refreshToken: "{{token}}" },
      { seeds: tokens.slice(0, 500).map(forged), ok: "INVALID_REFRESH_TOKEN" },
    ),
    me: graphql(meDocument, undefined, { seeds: me, headers: withBearer, ok: '"email":' }),
    "mySessions of 5": list(await readers(parts, 5)),
    "mySessions of 100": list(await readers(parts, 100)),
    "sign-in": graphql(
      signInDocument,
      { input: { email: "{{token}}", password } },
      { seeds: await people(parts), ok: "accessToken" },
    ),
    register: graphql(
      registerDocument,
      { input: { email: "{{token}}", password } },
      { seeds: addresses, ok: "accessToken" },
    ),
  };
}
