import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { ConfigError } from "./config-error.js";
import { developmentSecrets } from "./development-secrets.js";
import {
  defaultRates,
  type LimitName,
  limitNames,
  limitSettings,
  type Rate,
} from "./limits/limit-settings.js";
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

/** Everything the service can be told, read once at the start. Times carry their unit. */
export type Config = Readonly<ReturnType<typeof assemble>>;

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

type Settings = typeof settings;
type Values = { [Name in keyof Settings]?: z.output<Settings[Name]["schema"]> };
export type Environment = Readonly<Record<string, string | undefined>>;

/** Parses what is set; a setting that is absent or empty stays undefined. */
function read(environment: Environment, faults: string[]): Values {
  const values: Record<string, unknown> = {};
  for (const [name, { schema }] of Object.entries(settings)) {
    const text = environment[name]?.trim();
    if (text === undefined || text === "") continue;
    const parsed = (schema as z.ZodType<unknown, string>).safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    // SECURITY: the value itself is never printed; it may be a secret.
    else faults.push(`${name} ${parsed.error.issues[0]?.message ?? "cannot be read"}`);
  }
  return values as Values;
}

/** SECURITY: a limit with its name misspelt would silently be the usual one. */
function refuseUnknownLimits(environment: Environment, faults: string[]): void {
  for (const name of Object.keys(environment))
    if (name.startsWith("LIMIT_") && !(name in limitSettings))
      faults.push(`${name} is no setting; the limits are ${limitNames.join(", ")}`);
}

const isLocal = (url: URL) => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);

/** The rules that hold between settings; a fault that is known already is not told twice. */
function checkTogether(values: Values, faults: string[]): void {
  const isFaulty = (name: string) => faults.some((fault) => fault.startsWith(`${name} `));
  const isAbsent = (name: keyof Values) => values[name] === undefined && !isFaulty(name);
  const must = (holds: boolean, fault: string) => void (holds || faults.push(fault));
  const hexOf = (secrets: Buffer[] = []) => secrets.map((secret) => secret.toString("hex"));

  if (values.NODE_ENV === "production") {
    for (const name of ["AUTH_SECRET", "PASSWORD_PEPPER", "PUBLIC_URL"] as const)
      must(!isAbsent(name), `${name} is required in production`);
    const url = new URL(values.PUBLIC_URL ?? "https://valid.example");
    must(url.protocol === "https:" || isLocal(url), "PUBLIC_URL must be https in production");
    must(
      !isAbsent("DATABASE_URL") || values.EMBEDDED_DATABASE === true,
      "DATABASE_URL is required in production (or EMBEDDED_DATABASE=true)",
    );
    must(
      !isAbsent("SMTP_URL") || values.EMAIL_VERIFICATION === "off",
      "SMTP_URL is required in production (or EMAIL_VERIFICATION=off)",
    );
  }
  must(
    values.NODE_ENV === "test" || (values.BCRYPT_COST ?? 12) >= 10,
    "BCRYPT_COST must be from 10 to 15",
  );
  must((values.ACCESS_TOKEN_TTL ?? 0) <= unitSeconds.d, "ACCESS_TOKEN_TTL must be at most 1d");
  must(
    (values.ACCESS_TOKEN_SECRET?.length ?? 0) <= 1,
    "ACCESS_TOKEN_SECRET must be one secret, not a list",
  );
  const uses = [values.AUTH_SECRET, values.PASSWORD_PEPPER, values.ACCESS_TOKEN_SECRET];
  const all = uses.flatMap(hexOf);
  must(
    new Set(all).size === all.length,
    "AUTH_SECRET, PASSWORD_PEPPER and ACCESS_TOKEN_SECRET must be different secrets",
  );
}

function assemble(values: Values) {
  const environment = values.NODE_ENV ?? "development";
  const port = values.PORT ?? 4000;
  const publicUrl = new URL(values.PUBLIC_URL ?? `http://localhost:${port}`);
  const dataDir = resolve(values.DATA_DIR ?? ".data");
  const made =
    values.AUTH_SECRET === undefined || values.PASSWORD_PEPPER === undefined
      ? developmentSecrets(dataDir)
      : undefined;
  return {
    environment,
    production: environment === "production",
    host: values.HOST ?? "127.0.0.1",
    port,
    publicUrl: publicUrl.origin,
    databaseUrl: values.DATABASE_URL,
    databasePool: values.DATABASE_POOL ?? 10,
    /** Undefined: the database's own address. */
    databaseListenUrl: values.DATABASE_LISTEN_URL,
    dataDir,
    /** Raw bytes; the first makes new tokens, all are accepted. */
    authSecrets: values.AUTH_SECRET ?? [made?.authSecret as Buffer],
    passwordPeppers: values.PASSWORD_PEPPER ?? [made?.pepper as Buffer],
    /** Set: HS256, no JWKS. */
    accessTokenSecret: values.ACCESS_TOKEN_SECRET?.[0],
    accessTokenTtlSeconds: values.ACCESS_TOKEN_TTL ?? 15 * unitSeconds.m,
    accessTokenAudience: values.ACCESS_TOKEN_AUDIENCE ?? "gatehouse",
    refreshTokenTtlSeconds: values.REFRESH_TOKEN_TTL ?? 30 * unitSeconds.d,
    sessionMaxAgeSeconds: values.SESSION_MAX_AGE ?? 180 * unitSeconds.d,
    sessionsPerUser: values.SESSIONS_PER_USER ?? 100,
    refreshTabWindowSeconds: values.REFRESH_TAB_WINDOW ?? 10,
    refreshLateWindowSeconds: values.REFRESH_LATE_WINDOW ?? 60,
    bcryptCost: values.BCRYPT_COST ?? 12,
    hashWorkers: values.HASH_WORKERS ?? Math.max(1, availableParallelism() - 1),
    passwordMinLength: values.PASSWORD_MIN_LENGTH ?? 8,
    /** Undefined in development: the hosted Sandbox and any localhost port. */
    corsOrigins: values.CORS_ORIGINS ?? (environment === "production" ? [] : undefined),
    trustProxy: values.TRUST_PROXY ?? [],
    emailVerification: values.EMAIL_VERIFICATION ?? "optional",
    emailCodeTtlSeconds: values.EMAIL_CODE_TTL ?? 10 * unitSeconds.m,
    /** Undefined: the mailbox of development; in production no mail at all. */
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM ?? `no-reply@${publicUrl.hostname}`,
    activityRetentionSeconds: values.ACTIVITY_RETENTION ?? 400 * unitSeconds.d,
    rateLimits: values.RATE_LIMITS ?? true,
    limits: Object.fromEntries(
      limitNames.map((name) => [name, values[name] ?? defaultRates(name)]),
    ) as Record<LimitName, Rate[]>,
    metricsToken: values.METRICS_TOKEN,
    logLevel: values.LOG_LEVEL ?? (environment === "test" ? "silent" : "info"),
  };
}

/**
 * Reads the settings.
 * @throws {ConfigError} that names all that are bad at once; never prints a value.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const faults: string[] = [];
  const values = read(environment, faults);
  refuseUnknownLimits(environment, faults);
  checkTogether(values, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(assemble(values));
}
