import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Config, type Environment, loadConfig } from "../src/config.js";
import { ConfigError } from "../src/config-error.js";
import { type LimitName, limitNames } from "../src/limits/limit-settings.js";
import { settings } from "../src/settings.js";

const random = (encoding: BufferEncoding = "base64") => randomBytes(32).toString(encoding);
const [one, two, pepper] = [random(), random(), random()];
const bytes = (text: string, encoding: BufferEncoding = "base64") => Buffer.from(text, encoding);

/** All that a test run needs; nothing is made on the disk. */
const test_: Environment = { NODE_ENV: "test", AUTH_SECRET: one, PASSWORD_PEPPER: pepper };

const production: Environment = {
  NODE_ENV: "production",
  PUBLIC_URL: "https://auth.example.com",
  DATABASE_URL: "postgres://gatehouse:secret@db.example.com/gatehouse",
  SMTP_URL: "smtps://user:password@mail.example.com",
  AUTH_SECRET: one,
  PASSWORD_PEPPER: pepper,
};

function faultsOf(environment: Environment): readonly string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

interface Sample {
  /** Where it arrives, and as what. */
  key: keyof Config;
  fallback: unknown;
  good: [text: string, value: unknown][];
  bad: string[];
}

const badOrigins = [
  "example.com",
  "https://example.com/",
  "https://example.com/path",
  "https://example.com:443",
  "https://user@example.com",
  "https://*.example.com",
  "HTTPS://EXAMPLE.COM",
  "ftp://example.com",
  "javascript:alert(1)",
  "null",
  "*",
];
const badSecrets = [
  "short",
  randomBytes(31).toString("base64"),
  randomBytes(31).toString("hex"),
  "a".repeat(64),
  "0123456789abcdef".repeat(4),
  Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString("hex"),
  randomBytes(16).toString("hex").repeat(2),
  "your-super-secret-key-please-change-it-before-going-live",
  "Your-Super-Secret-Key-Please-Change-It-Before-Going-Live-0",
  "correct horse battery staple correct horse battery staple",
  `${one},short`,
  `${one},${one}`,
  ",",
];
const badDurations = ["30", "30 days", "-1d", "1.5h", "1w", "h", "1e3s", "0x10s", "99999999999d"];

const samples: Record<Exclude<keyof typeof settings, LimitName>, Sample> = {
  NODE_ENV: {
    key: "environment",
    fallback: "development",
    good: [
      ["test", "test"],
      ["development", "development"],
    ],
    bad: ["prod", "Production", "staging"],
  },
  HOST: { key: "host", fallback: "127.0.0.1", good: [["0.0.0.0", "0.0.0.0"]], bad: [] },
  PORT: {
    key: "port",
    fallback: 4000,
    good: [
      ["0", 0],
      ["65535", 65_535],
      [" 80 ", 80],
    ],
    bad: ["65536", "-1", "http", "4e3", "0x50", "80.5"],
  },
  PUBLIC_URL: {
    key: "publicUrl",
    fallback: "http://localhost:4000",
    good: [["https://auth.example.com:8443", "https://auth.example.com:8443"]],
    bad: badOrigins,
  },
  DATABASE_URL: {
    key: "databaseUrl",
    fallback: undefined,
    good: [["postgresql://a:b@c:1/d", "postgresql://a:b@c:1/d"]],
    bad: ["mysql://a:b@c/d", "localhost:5432", "postgres"],
  },
  EMBEDDED_DATABASE: { key: "production", fallback: false, good: [], bad: ["1", "yes", "TRUE"] },
  DATABASE_POOL: {
    key: "databasePool",
    fallback: 10,
    good: [
      ["2", 2],
      ["200", 200],
    ],
    bad: ["1", "201", "many"],
  },
  DATABASE_LISTEN_URL: {
    key: "databaseListenUrl",
    fallback: undefined,
    good: [["postgres://a:b@c:1/d", "postgres://a:b@c:1/d"]],
    bad: ["c:1"],
  },
  DATA_DIR: {
    key: "dataDir",
    fallback: resolve(".data"),
    good: [["/var/lib/x", "/var/lib/x"]],
    bad: [],
  },
  AUTH_SECRET: {
    key: "authSecrets",
    fallback: [bytes(one)],
    good: [
      [two, [bytes(two)]],
      [`${two}, ${one}`, [bytes(two), bytes(one)]],
      [bytes(two).toString("hex"), [bytes(two)]],
      [bytes(two).toString("base64url"), [bytes(two)]],
    ],
    bad: badSecrets,
  },
  PASSWORD_PEPPER: {
    key: "passwordPeppers",
    fallback: [bytes(pepper)],
    good: [[`${two},${pepper}`, [bytes(two), bytes(pepper)]]],
    bad: badSecrets,
  },
  ACCESS_TOKEN_SECRET: {
    key: "accessTokenSecret",
    fallback: undefined,
    good: [[two, bytes(two)]],
    bad: [...badSecrets, `${two},${random()}`],
  },
  ACCESS_TOKEN_TTL: {
    key: "accessTokenTtlSeconds",
    fallback: 900,
    good: [
      ["60s", 60],
      ["1d", 86_400],
    ],
    bad: [...badDurations, "59s", "25h"],
  },
  ACCESS_TOKEN_AUDIENCE: {
    key: "accessTokenAudience",
    fallback: "gatehouse",
    good: [["https://api.example.com", "https://api.example.com"]],
    bad: ["two words", "ümlaut", "x".repeat(201)],
  },
  REFRESH_TOKEN_TTL: {
    key: "refreshTokenTtlSeconds",
    fallback: 2_592_000,
    good: [["12h", 43_200]],
    bad: badDurations,
  },
  SESSION_MAX_AGE: {
    key: "sessionMaxAgeSeconds",
    fallback: 15_552_000,
    good: [["36500d", 3_153_600_000]],
    bad: [...badDurations, "36501d"],
  },
  SESSIONS_PER_USER: {
    key: "sessionsPerUser",
    fallback: 100,
    good: [["1", 1]],
    bad: ["0", "10001"],
  },
  REFRESH_TAB_WINDOW: {
    key: "refreshTabWindowSeconds",
    fallback: 10,
    good: [
      ["0s", 0],
      ["1m", 60],
    ],
    bad: [...badDurations, "61s"],
  },
  REFRESH_LATE_WINDOW: {
    key: "refreshLateWindowSeconds",
    fallback: 60,
    good: [
      ["0s", 0],
      ["10m", 600],
    ],
    bad: [...badDurations, "11m"],
  },
  BCRYPT_COST: {
    key: "bcryptCost",
    fallback: 12,
    good: [
      ["4", 4],
      ["15", 15],
    ],
    bad: ["3", "16"],
  },
  HASH_WORKERS: {
    key: "hashWorkers",
    fallback: expect.any(Number),
    good: [["3", 3]],
    bad: ["0", "65"],
  },
  PASSWORD_MIN_LENGTH: {
    key: "passwordMinLength",
    fallback: 8,
    good: [["15", 15]],
    bad: ["7", "65"],
  },
  CORS_ORIGINS: {
    key: "corsOrigins",
    fallback: undefined,
    good: [
      ["https://a.example, http://b.example:81", ["https://a.example", "http://b.example:81"]],
      [",", []],
    ],
    bad: badOrigins,
  },
  TRUST_PROXY: {
    key: "trustProxy",
    fallback: [],
    good: [["127.0.0.1,10.0.0.0/8,fd00::/8", ["127.0.0.1", "10.0.0.0/8", "fd00::/8"]]],
    bad: [
      "true",
      "1",
      "loopback",
      "0.0.0.0/0",
      "::/0",
      "::/8",
      "::/80",
      "::ffff:0:0/96",
      "::ffff:10.0.0.1",
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.0.0.0/8/8",
      "10.0.0",
      "fe80::1%eth0",
      "proxy.example.com",
    ],
  },
  EMAIL_VERIFICATION: {
    key: "emailVerification",
    fallback: "optional",
    good: [["required", "required"]],
    bad: ["true"],
  },
  EMAIL_CODE_TTL: {
    key: "emailCodeTtlSeconds",
    fallback: 600,
    good: [["1h", 3600]],
    bad: [...badDurations, "61m"],
  },
  SMTP_URL: {
    key: "smtpUrl",
    fallback: undefined,
    good: [["smtp://mail.example.com:587", "smtp://mail.example.com:587"]],
    bad: ["mail.corp.invalid", "https://mail.corp.invalid", "smtp://"],
  },
  MAIL_FROM: {
    key: "mailFrom",
    fallback: "no-reply@localhost",
    good: [["Us <us@example.com>", "Us <us@example.com>"]],
    bad: ["us", "Us <us@example.com>\nBcc: x@example.com"],
  },
  ACTIVITY_RETENTION: {
    key: "activityRetentionSeconds",
    fallback: 34_560_000,
    good: [["30d", 2_592_000]],
    bad: [...badDurations, "29d"],
  },
  RATE_LIMITS: { key: "rateLimits", fallback: true, good: [["off", false]], bad: ["true", "0"] },
  METRICS_TOKEN: {
    key: "metricsToken",
    fallback: undefined,
    good: [["0123456789abcdef", "0123456789abcdef"]],
    bad: ["too-short", "with a blank in it", "x".repeat(201)],
  },
  LOG_LEVEL: { key: "logLevel", fallback: "silent", good: [["trace", "trace"]], bad: ["verbose"] },
};

test("every setting is tried", () => {
  expect([...Object.keys(samples), ...limitNames].sort()).toEqual(Object.keys(settings).sort());
});

describe.each(limitNames)("%s", (name) => {
  const load = (text?: string) => loadConfig({ ...test_, [name]: text }).limits[name];

  test("has the default that the table tells", () => {
    const fallback = settings[name].fallback;
    expect(load()).toEqual(load(fallback));
    expect(load().map(({ times, seconds }) => times * seconds)).not.toContain(0);
  });

  test("takes a number and a time, or several that grow", () => {
    expect(load("5/15m")).toEqual([{ times: 5, seconds: 900 }]);
    expect(load("5/1m, 20/7d")).toEqual([
      { times: 5, seconds: 60 },
      { times: 20, seconds: 604_800 },
    ]);
  });

  test.each(["5", "5/", "/1m", "0/1m", "-1/1m", "5/0s", "5/8d", "5/1w", "5/1m,5/1d", "5/1m,6/30s"])(
    "refuses %s",
    (text) => expect(faultsOf({ ...test_, [name]: text })).toHaveLength(1),
  );
});

describe.each(Object.entries(samples))("%s", (name, { key, fallback, good, bad }) => {
  test("has its default when it is absent, empty or blank", () => {
    const base: Environment = { ...test_, ...(name === "LOG_LEVEL" ? {} : { LOG_LEVEL: "info" }) };
    for (const text of [undefined, "", "  "]) {
      const given = base[name as "HOST"] === undefined ? { [name]: text } : {};
      const expected = name === "NODE_ENV" ? "test" : fallback;
      expect(loadConfig({ ...base, ...given })[key]).toEqual(expected);
    }
  });

  if (good.length > 0)
    test.each(good)("takes %j", (text, value) => {
      expect(loadConfig({ ...test_, [name]: text })[key]).toEqual(value);
    });

  if (bad.length > 0)
    test.each(bad)("refuses %j, by its name and without its value", (text) => {
      const faults = faultsOf({ ...test_, [name]: text });
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatch(new RegExp(`^${name} \\S`));
      expect(faults[0]?.length).toBeLessThan(200);
      if (text.length > 12) expect(faults[0]).not.toContain(text);
    });
});

test("every fault is named in one go, and no value of any of them", () => {
  const marked = (name: string) => `bad-${name}-${"x".repeat(9)}`;
  const takesAnything = ["HOST", "DATA_DIR", "ACCESS_TOKEN_AUDIENCE", "METRICS_TOKEN"];
  const names = Object.keys(settings).filter((name) => !takesAnything.includes(name));
  const faults = faultsOf(Object.fromEntries(names.map((name) => [name, marked(name)])));
  expect(faults.map((fault) => fault.split(" ")[0])).toEqual(names);
  expect(faults.join()).not.toContain("xxxxxxxxx");
});

test("whatever the values are, loading gives settings or names faults, and prints nothing", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom(...badSecrets));
  const names = Object.keys(settings).filter((name) => name !== "DATA_DIR");
  const environments = fc.dictionary(fc.constantFrom(...names), text);
  fc.assert(
    fc.property(environments, (environment) => {
      for (const fault of faultsOf({ ...test_, ...environment, NODE_ENV: "production" }))
        expect(names).toContain(fault.split(" ")[0]?.replace(",", ""));
    }),
  );
});

describe("in production", () => {
  test("what is good starts, with nobody's page allowed and no proxy trusted", () => {
    const config = loadConfig(production);
    expect(config).toMatchObject({ production: true, corsOrigins: [], trustProxy: [] });
  });

  test("nothing is made up: every secret and address that is missing is named at once", () => {
    expect(faultsOf({ NODE_ENV: "production" })).toEqual([
      "AUTH_SECRET is required in production",
      "PASSWORD_PEPPER is required in production",
      "PUBLIC_URL is required in production",
      "DATABASE_URL is required in production (or EMBEDDED_DATABASE=true)",
      "SMTP_URL is required in production (or EMAIL_VERIFICATION=off)",
    ]);
  });

  test("what is there but bad is called bad, and not missing as well", () => {
    const faults = faultsOf({
      ...production,
      DATABASE_URL: "db",
      SMTP_URL: "mail",
      PUBLIC_URL: "x",
    });
    expect(faults.map((fault) => fault.split(" ")[0])).toEqual([
      "PUBLIC_URL",
      "DATABASE_URL",
      "SMTP_URL",
    ]);
  });

  test.each([
    [{ PUBLIC_URL: "http://auth.example.com" }, ["PUBLIC_URL must be https in production"]],
    [{ PUBLIC_URL: "http://localhost:4000" }, []],
    [{ PUBLIC_URL: "http://localhost.example.com" }, ["PUBLIC_URL must be https in production"]],
    [{ BCRYPT_COST: "9" }, ["BCRYPT_COST must be from 10 to 15"]],
    [{ DATABASE_URL: "", EMBEDDED_DATABASE: "true" }, []],
    [{ SMTP_URL: "", EMAIL_VERIFICATION: "off" }, []],
    [
      { PASSWORD_PEPPER: one },
      ["AUTH_SECRET, PASSWORD_PEPPER and ACCESS_TOKEN_SECRET must be different secrets"],
    ],
    [
      { AUTH_SECRET: `${one},${two}`, ACCESS_TOKEN_SECRET: two },
      ["AUTH_SECRET, PASSWORD_PEPPER and ACCESS_TOKEN_SECRET must be different secrets"],
    ],
  ])("%j has the faults %j", (change, faults) => {
    expect(faultsOf({ ...production, ...change })).toEqual(faults);
  });

  test("a limit that there is none of is named: it would be a misspelt one", () => {
    const [fault, ...more] = faultsOf({ ...production, LIMIT_PASWORD_PAIR: "5/1m" });
    expect(more).toEqual([]);
    expect(fault).toMatch(/^LIMIT_PASWORD_PAIR is no setting; .*LIMIT_PASSWORD_PAIR/);
  });

  test("a cheap hash is for tests alone", () => {
    expect(faultsOf({ ...test_, NODE_ENV: "development", BCRYPT_COST: "4" })).toHaveLength(1);
  });
});

describe("secrets that development makes for itself", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-config-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const load = (dataDir: string) => loadConfig({ NODE_ENV: "development", DATA_DIR: dataDir });

  test("are kept, for their owner's eyes alone, so that a restart signs nobody out", () => {
    const dataDir = join(folder, "new", "deep");
    const first = load(dataDir);
    const again = load(dataDir);
    expect(again.authSecrets).toEqual(first.authSecrets);
    expect(again.passwordPeppers).toEqual(first.passwordPeppers);
    expect(first.authSecrets).not.toEqual(first.passwordPeppers);
    expect(first.authSecrets[0]).toHaveLength(32);
    const file = join(dataDir, "development-secrets.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toContain(first.authSecrets[0]?.toString("base64"));
  });

  test.each([
    ["no JSON", "{"],
    ["without a secret", "{}"],
    ["with a secret cut short", JSON.stringify({ AUTH_SECRET: "AAAA", PASSWORD_PEPPER: "AAAA" })],
  ])("stop the start where their file is %s, in a line that shows nothing of it", (_name, text) => {
    const dataDir = mkdtempSync(join(folder, "damaged-"));
    writeFileSync(join(dataDir, "development-secrets.json"), text);
    const faults = faultsOf({ DATA_DIR: dataDir });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^DATA_DIR cannot keep the secrets of development in /);
    expect(faults[0]).not.toContain("AAAA");
  });

  test("stop the start where the folder cannot be made", () => {
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "x"));
    expect(faultsOf({ DATA_DIR: join(folder, "file", "below") })).toEqual([
      expect.stringMatching(/^DATA_DIR cannot keep .*ENOTDIR/),
    ]);
  });
});
