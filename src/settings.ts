import { z } from "zod";
import { limitSettings } from "./limits/limit-settings.js";
import {
  databaseUrl,
  duration,
  onOrOff,
  origin,
  origins,
  proxies,
  secrets,
  sender,
  smtpUrl,
  unitSeconds,
  wholeNumber,
  yesOrNo,
} from "./setting-values.js";

interface Setting<T> {
  /** As in the README's table; "" where there is none. */
  fallback: string;
  /** What it is for, in a line: the README's table has the same words. */
  about: string;
  schema: z.ZodType<T, string>;
}

const setting = <T>(fallback: string, about: string, schema: z.ZodType<T, string>): Setting<T> => ({
  fallback,
  about,
  schema,
});

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** One entry a setting. The README's table is compared with it, both ways. */
export const settings = {
  NODE_ENV: setting(
    "development",
    "`development`, `test` or `production`. Production: no introspection, no landing page, secrets required",
    z.enum(["development", "test", "production"], "must be development, test or production"),
  ),
  HOST: setting("127.0.0.1", "address to listen on", z.string().min(1)),
  PORT: setting("4000", "port to listen on; 0 takes any free one", wholeNumber(0, 65_535)),
  PUBLIC_URL: setting(
    "http://localhost:PORT",
    "origin under which browsers reach the service: `iss` of access tokens, cookie rules, links. Never taken from a request",
    origin,
  ),
  DATABASE_URL: setting(
    "",
    "PostgreSQL 14 or newer. Without it an embedded one in `DATA_DIR`",
    databaseUrl,
  ),
  EMBEDDED_DATABASE: setting(
    "false",
    "`true` allows the embedded PostgreSQL in production",
    yesOrNo,
  ),
  DATABASE_POOL: setting("10", "connections to PostgreSQL, 2 to 200", wholeNumber(2, 200)),
  DATABASE_LISTEN_URL: setting(
    "",
    "the same database past a pooler in transaction mode: announcements of ended sessions are heard there",
    databaseUrl,
  ),
  DATA_DIR: setting(
    ".data",
    "the embedded database and the secrets that development makes for itself",
    z.string().min(1),
  ),
  AUTH_SECRET: setting(
    "",
    "base64 or hex of 32 random bytes or more; a comma-separated list rotates, the first makes new tokens. Required in production; development makes one in `DATA_DIR`",
    secrets,
  ),
  PASSWORD_PEPPER: setting(
    "",
    "likewise, for password hashes. Keep it: without it no password can be checked",
    secrets,
  ),
  ACCESS_TOKEN_SECRET: setting(
    "",
    "base64 or hex of 32 random bytes: signs access tokens with HS256 instead of ES256 and JWKS",
    secrets,
  ),
  ACCESS_TOKEN_TTL: setting("15m", "how long an access token lives, 1m to 1d", duration(60)),
  ACCESS_TOKEN_AUDIENCE: setting(
    "gatehouse",
    "`aud` of access tokens",
    z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/, "must be 1 to 200 printable characters without spaces"),
  ),
  REFRESH_TOKEN_TTL: setting("30d", "how long a session lives without a refresh", duration(60)),
  SESSION_MAX_AGE: setting(
    "180d",
    "how long a session lives at most, refreshed or not",
    duration(60),
  ),
  SESSIONS_PER_USER: setting(
    "100",
    "living sessions of one user, 1 to 10000; one more ends the least recently used",
    wholeNumber(1, 10_000),
  ),
  REFRESH_TAB_WINDOW: setting(
    "10s",
    "how long a token that was rotated without a retry key is answered again, at most 60s; 0s switches off",
    duration(0).pipe(z.number().max(60, "must be at most 60s")),
  ),
  REFRESH_LATE_WINDOW: setting(
    "60s",
    "how long a token that came late is told to ask again, at most 10m, before it counts as stolen; 0s switches off",
    duration(0).pipe(z.number().max(600, "must be at most 10m")),
  ),
  BCRYPT_COST: setting(
    "12",
    "work of a password hash, 10 to 15 (from 4 in test)",
    wholeNumber(4, 15),
  ),
  HASH_WORKERS: setting(
    "processors - 1, at least 1",
    "threads that hash passwords",
    wholeNumber(1, 64),
  ),
  PASSWORD_MIN_LENGTH: setting(
    "8",
    "in code points, 8 to 64; 15 is advised where the password is the only factor",
    wholeNumber(8, 64),
  ),
  CORS_ORIGINS: setting(
    "in development: the hosted Apollo Sandbox and any localhost port",
    "exact origins of your frontends, comma-separated",
    origins,
  ),
  TRUST_PROXY: setting(
    "",
    "addresses or CIDR ranges of your own proxies, comma-separated; only they may say who the client is",
    proxies,
  ),
  EMAIL_VERIFICATION: setting(
    "optional",
    "`required`: no account before its address is proved. `optional`: signed in at once, a code is sent. `off`: no code is sent",
    z.enum(["off", "optional", "required"], "must be off, optional or required"),
  ),
  EMAIL_CODE_TTL: setting(
    "10m",
    "how long a code from a mail is good for, at most 1h",
    duration(1).pipe(z.number().max(3600, "must be at most 1h")),
  ),
  SMTP_URL: setting(
    "",
    "`smtp://` or `smtps://`, with user and password; `?requireTLS=true` refuses a server without STARTTLS. Without it development shows all mail at `/dev/mailbox`. Required in production unless EMAIL_VERIFICATION is off",
    smtpUrl,
  ),
  MAIL_FROM: setting(
    "no-reply@ the host of PUBLIC_URL",
    "sender of all mail: `Example <no-reply@example.com>`",
    sender,
  ),
  ACTIVITY_RETENTION: setting(
    "400d",
    "how long the security history is kept, 30d or more",
    duration(30 * unitSeconds.d),
  ),
  RATE_LIMITS: setting(
    "on",
    "`off` switches off every LIMIT_… below: for measurements, or where something before the service counts",
    onOrOff,
  ),
  ...limitSettings,
  METRICS_TOKEN: setting(
    "",
    "16 or more characters that `/metrics` wants as a bearer; without it, loopback alone is answered",
    z
      .string()
      .regex(/^[\x21-\x7e]{16,200}$/, "must be 16 to 200 printable characters without spaces"),
  ),
  LOG_LEVEL: setting(
    "info",
    "`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`",
    z.enum(logLevels, `must be one of ${logLevels.join(", ")}`),
  ),
};
