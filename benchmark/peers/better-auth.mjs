// @ts-nocheck: its packages are not those of the root, and seldom installed.
import "./production.cjs";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { hashPassword } from "better-auth/crypto";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins";
import pg from "pg";
import contender from "./contender.cjs";

const { announce, connections, databaseUrl, port, secret, seed } = contender;

const pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
const password = "a password of the benchmark";
const hash = await hashPassword(password);

/** Three servers in one process, on one database, each with the settings of its case alone. */
const serve = (basePath, options = {}) =>
  betterAuth({
    baseURL: `http://127.0.0.1:${port}`,
    basePath,
    secret: secret("better-auth"),
    database: pool,
    // Off by default, but one round trip less: session and user by one join.
    advanced: { database: { joins: true } },
    // Hashed once: all seeds have the same password, and no case asks for one.
    emailAndPassword: { enabled: true, password: { hash: async () => hash } },
    // On in production by default; one address is everybody here.
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
    ...options,
  });

const plain = serve("/plain");
// Five minutes by default, in which case a long run would end in the database.
const cached = serve("/cached", { session: { cookieCache: { enabled: true, maxAge: 86_400 } } });
// EdDSA, its private key encrypted in the database: the defaults.
const signing = serve("/signing", { plugins: [jwt()] });

await (await getMigrations(signing.options)).runMigrations();

/** Signs somebody up. @returns the cookies: the session's token, and what is cached of it */
async function signUp(n) {
  const body = { name: `Seed ${n}`, email: `seed-${n}@example.com`, password };
  const { headers } = await cached.api.signUpEmail({ body, returnHeaders: true });
  const cookies = headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  return {
    token: cookies.find((cookie) => cookie.includes("session_token")),
    all: cookies.join("; "),
  };
}

const seeds = await seed(signUp);
const tokens = seeds.map(({ token }) => token);
const get = (path, seeds, ok) => ({
  method: "GET",
  path,
  headers: { cookie: "{{token}}" },
  seeds,
  ok,
});
const session = '"session":\\{.*"user":\\{.*"email":"seed-';

const servers = [cached, signing, plain].map((auth) => [
  auth.options.basePath,
  toNodeHandler(auth),
]);
const server = createServer((request, response) => {
  const [, handle] = servers.find(([path]) => request.url.startsWith(path)) ?? servers.at(-1);
  handle(request, response);
});
server.listen(port, "127.0.0.1", () =>
  announce({
    "get-session": get("/plain/get-session", tokens, session),
    "get-session-cookie-cache": get(
      "/cached/get-session",
      seeds.map(({ all }) => all),
      session,
    ),
    jwt: get("/signing/token", tokens, '"token":"[\\w-]+\\.[\\w-]+\\.[\\w-]+"'),
  }),
);
