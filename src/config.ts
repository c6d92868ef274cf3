import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";

/** Everything the service can be told, read once at the start. Times carry their unit. */
export type Config = Readonly<ReturnType<typeof assemble>>;

/** Why the boot stops: every setting that is bad, at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly faults: readonly string[]) {
    super(`Gatehouse cannot start:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
  }
}

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
/** A century: PostgreSQL's and JavaScript's dates both hold it with room to spare. */
const longestSeconds = 36_500 * unitSeconds.d;

const duration = (minSeconds: number) =>
  z
    .string()
    .regex(/^\d{1,9}[smhd]$/, "is a whole number with a unit: 10s, 15m, 12h or 30d")
    .transform((text) => Number(text.slice(0, -1)) * unitSeconds[text.slice(-1) as "s"])
    .pipe(
      z
        .number()
        .min(minSeconds, `is at least ${minSeconds}s`)
        .max(longestSeconds, "is at most 36500d"),
    );

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "is a whole number")
    .transform(Number)
    .pipe(z.number().min(min, `is from ${min} to ${max}`).max(max, `is from ${min} to ${max}`));

const yesOrNo = z.enum(["true", "false"], "is true or false").transform((text) => text === "true");

const list = (text: string) =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

function decodeSecret(text: string): Buffer | undefined {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, "hex");
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return Buffer.from(text, "base64");
  return undefined;
}

/** RFC 8725 section 3.5: a guessable secret is worse than a refusal to start. */
const looksRandom = (secret: Buffer) => secret.length >= 32 && new Set(secret).size >= 16;

const secrets = z
  .string()
  .transform((text) => list(text).map(decodeSecret))
  .refine(
    (keys): keys is Buffer[] => keys.length > 0 && keys.every((key) => key && looksRandom(key)),
    "is base64 or hex of at least 32 random bytes, or a comma-separated list of such (openssl rand -base64 32)",
  )
  .refine(
    (keys) => new Set(keys.map((key) => key?.toString("hex"))).size === keys.length,
    "names the same secret twice",
  )
  .transform((keys) => keys as Buffer[]);

const origin = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text;
}, "is an origin: a scheme, a host and perhaps a port, such as https://app.example.com, with nothing after it");

const origins = z.string().transform(list).pipe(z.array(origin));

const databaseUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^postgres(?:ql)?:$/.test(new URL(text).protocol),
    "is a PostgreSQL address: postgres://user:password@host:5432/database",
  );

const smtpUrl = z
  .string()
  .refine(
    (text) =>
      URL.canParse(text) &&
      /^smtps?:$/.test(new URL(text).protocol) &&
      new URL(text).hostname !== "",
    "is the address of a mail server: smtps://user:password@mail.example.com or smtp://…:587",
  );

const sender = z
  .string()
  .refine(
    (text) => /^(?:[^<>"\r\n]*<)?[^\s<>@"]+@[^\s<>@"]+>?$/.test(text),
    "is an address, or a name and an address: Example <no-reply@example.com>",
  );

/** An address or a range that is not simply everybody. */
function isProxyRange(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 8 && Number(bits) <= (family === 4 ? 32 : 128);
}

const proxies = z
  .string()
  .transform(list)
  .refine(
    (ranges) => ranges.every(isProxyRange),
    "is a comma-separated list of addresses or CIDR ranges of your own proxies, /8 or narrower, such as 127.0.0.1,10.0.0.0/8",
  );

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

/** One entry a setting. The README's table is compared with it, both ways. */
export const settings = {
  NODE_ENV: setting(
    "development",
    "`development`, `test` or `production`. Production: no introspection, no landing page, secrets required",
    z.enum(["development", "test", "production"], "is development, test or production"),
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
    z.string().regex(/^[\x21-\x7e]{1,200}$/, "is 1 to 200 printable characters without spaces"),
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
    duration(0).pipe(z.number().max(60, "is at most 60s")),
  ),
  REFRESH_LATE_WINDOW: setting(
    "60s",
    "how long a token that came late is told to ask again, at most 10m, before it counts as stolen; 0s switches off",
    duration(0).pipe(z.number().max(600, "is at most 10m")),
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
    z.enum(["off", "optional", "required"], "is off, optional or required"),
  ),
  EMAIL_CODE_TTL: setting(
    "10m",
    "how long a code from a mail is good for, at most 1h",
    duration(1).pipe(z.number().max(3600, "is at most 1h")),
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
  LOG_LEVEL: setting(
    "info",
    "`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`",
    z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"], "is a level of pino's"),
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

const isLocal = (url: URL) => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);

/** The rules that hold between settings. */
function checkTogether(values: Values, faults: string[]): void {
  const production = values.NODE_ENV === "production";
  const required = production ? (["AUTH_SECRET", "PASSWORD_PEPPER", "PUBLIC_URL"] as const) : [];
  for (const name of required) {
    if (values[name] === undefined && !faults.some((fault) => fault.startsWith(`${name} `)))
      faults.push(`${name} is required in production`);
  }
  const publicUrl = values.PUBLIC_URL === undefined ? undefined : new URL(values.PUBLIC_URL);
  if (production && publicUrl?.protocol === "http:" && !isLocal(publicUrl))
    faults.push("PUBLIC_URL is https in production");
  if (production && values.DATABASE_URL === undefined && values.EMBEDDED_DATABASE !== true)
    faults.push("DATABASE_URL is required in production (or EMBEDDED_DATABASE=true)");
  if (production && values.SMTP_URL === undefined && values.EMAIL_VERIFICATION !== "off")
    faults.push("SMTP_URL is required in production (or EMAIL_VERIFICATION=off)");
  if (values.NODE_ENV !== "test" && (values.BCRYPT_COST ?? 12) < 10)
    faults.push("BCRYPT_COST is from 10 to 15");
  if ((values.ACCESS_TOKEN_TTL ?? 0) > unitSeconds.d) faults.push("ACCESS_TOKEN_TTL is at most 1d");
  if ((values.ACCESS_TOKEN_SECRET?.length ?? 0) > 1)
    faults.push("ACCESS_TOKEN_SECRET is one secret, not a list");
  const uses = [values.AUTH_SECRET, values.PASSWORD_PEPPER, values.ACCESS_TOKEN_SECRET];
  const all = uses.flatMap((secrets) => (secrets ?? []).map((secret) => secret.toString("hex")));
  if (new Set(all).size < all.length && !faults.some((fault) => fault.includes("twice")))
    faults.push("AUTH_SECRET, PASSWORD_PEPPER and ACCESS_TOKEN_SECRET are different secrets");
}

/** Secrets that development makes for itself, kept so that a restart signs nobody out. */
function developmentSecrets(dataDir: string): { authSecret: Buffer; passwordPepper: Buffer } {
  const file = join(dataDir, "development-secrets.json");
  const create = () => ({
    AUTH_SECRET: randomBytes(32).toString("base64"),
    PASSWORD_PEPPER: randomBytes(32).toString("base64"),
  });
  mkdirSync(dataDir, { recursive: true });
  try {
    // "wx": of two first starts one writes, and both read what it wrote.
    writeFileSync(file, `${JSON.stringify(create(), null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const kept = JSON.parse(readFileSync(file, "utf8")) as ReturnType<typeof create>;
  return {
    authSecret: Buffer.from(kept.AUTH_SECRET, "base64"),
    passwordPepper: Buffer.from(kept.PASSWORD_PEPPER, "base64"),
  };
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
    dataDir,
    /** Raw bytes; the first makes new tokens, all are accepted. */
    authSecrets: values.AUTH_SECRET ?? [made?.authSecret as Buffer],
    passwordPeppers: values.PASSWORD_PEPPER ?? [made?.passwordPepper as Buffer],
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
  checkTogether(values, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(assemble(values));
}
