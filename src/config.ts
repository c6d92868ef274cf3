import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { z } from "zod";
import { ConfigError } from "./config-error.js";
import { developmentSecrets } from "./development-secrets.js";
import { isLocalName } from "./http/loopback.js";
import {
  defaultRates,
  type LimitName,
  limitNames,
  limitSettings,
  type Rate,
} from "./limits/limit-settings.js";
import { unitSeconds } from "./setting-values.js";
import { settings } from "./settings.js";

/** Everything the service can be told, read once at the start. Times carry their unit. */
export type Config = Readonly<ReturnType<typeof assemble>>;

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
    must(
      url.protocol === "https:" || isLocalName(url.hostname),
      "PUBLIC_URL must be https in production",
    );
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
