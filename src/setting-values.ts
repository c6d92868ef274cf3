import { BlockList, isIP } from "node:net";
import { z } from "zod";

/** How the text of a setting is read. Every message tells what the value should be, never what it is. */

export const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
/** A century: PostgreSQL's and JavaScript's dates both hold it with room to spare. */
const longestSeconds = 36_500 * unitSeconds.d;

/** In seconds. */
export const duration = (minSeconds: number) =>
  z
    .string()
    .regex(/^\d{1,9}[smhd]$/, "must be a whole number with a unit: 10s, 15m, 12h or 30d")
    .transform((text) => Number(text.slice(0, -1)) * unitSeconds[text.slice(-1) as "s"])
    .pipe(
      z
        .number()
        .min(minSeconds, `must be at least ${minSeconds}s`)
        .max(longestSeconds, "must be at most 36500d"),
    );

const list = (text: string) =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

const mostRates = 4;
/** What is counted in memory waits on a timer, which ends at 24 days. */
const longestRateSeconds = 7 * unitSeconds.d;

function readRate(text: string) {
  const [, times, seconds, unit] = /^(\d{1,6})\/(\d{1,6})([smhd])$/.exec(text) ?? [];
  return { times: Number(times), seconds: Number(seconds) * unitSeconds[unit as "s"] };
}

/** How often within how long; of several each allows more in more time, or it would say nothing. */
export const rates = z
  .string()
  .transform((text) => list(text).map(readRate))
  .refine(
    (all) =>
      all.length > 0 &&
      all.length <= mostRates &&
      all.every(({ times, seconds }, at) => {
        const before = all[at - 1] ?? { times: 0, seconds: 0 };
        return times > before.times && seconds > before.seconds && seconds <= longestRateSeconds;
      }),
    "must be a number and a time, such as 5/15m, or up to four of them that grow, such as 5/1m,20/1d; at most 7d",
  );

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, `must be from ${min} to ${max}`)
        .max(max, `must be from ${min} to ${max}`),
    );

export const onOrOff = z
  .enum(["on", "off"], "must be on or off")
  .transform((text) => text === "on");

export const yesOrNo = z
  .enum(["true", "false"], "must be true or false")
  .transform((text) => text === "true");

/** Words that stand in examples, and by chance in one of ten million random secrets. */
const readable =
  /secret|password|change.?me|example|default|insecure|replace|gatehouse|development|production/i;

/** Base64 of 32 random bytes lacks capitals or small letters once in a billion. */
const looksTyped = (text: string) =>
  readable.test(text) || !/[A-Z]/.test(text) || !/[a-z]/.test(text);

function decodeSecret(text: string): Buffer | undefined {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, "hex");
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text) || looksTyped(text)) return undefined;
  return Buffer.from(text, "base64");
}

/** 32 random bytes hold some 30 different ones; fewer than this by chance once in 10^8. */
const minVariety = 18;

/** RFC 8725 section 3.5: a guessable secret is worse than a refusal to start. */
function looksRandom(secret: Buffer): boolean {
  const steps = secret.map((byte, at) => byte - (secret[at - 1] ?? 0));
  return secret.length >= 32 && [secret, steps].every((bytes) => new Set(bytes).size >= minVariety);
}

/** Raw bytes, in the order of the list. */
export const secrets = z
  .string()
  .transform((text) => list(text).map(decodeSecret))
  .refine(
    (keys): keys is Buffer[] => keys.length > 0 && keys.every((key) => key && looksRandom(key)),
    "must be base64 or hex of at least 32 random bytes, or a comma-separated list of such (openssl rand -base64 32)",
  )
  .refine(
    (keys) => new Set(keys.map((key) => key?.toString("hex"))).size === keys.length,
    "must not name the same secret twice",
  )
  .transform((keys) => keys as Buffer[]);

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return /^https?:$/.test(url?.protocol ?? "") && url?.origin === text && !text.includes("*");
}

const formOfOrigin =
  "a scheme, a host and perhaps a port, such as https://app.example.com, with nothing after it";

export const origin = z.string().refine(isOrigin, `must be an origin: ${formOfOrigin}`);

export const origins = z
  .string()
  .transform(list)
  .refine(
    (all) => all.every(isOrigin),
    `must be a comma-separated list of origins, each ${formOfOrigin}`,
  );

export const databaseUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^postgres(?:ql)?:$/.test(new URL(text).protocol),
    "must be a PostgreSQL address: postgres://user:password@host:5432/database",
  );

export const smtpUrl = z
  .string()
  .refine(
    (text) =>
      URL.canParse(text) &&
      /^smtps?:$/.test(new URL(text).protocol) &&
      new URL(text).hostname !== "",
    "must be the address of a mail server: smtps://user:password@mail.example.com or smtp://…:587",
  );

export const sender = z
  .string()
  .refine(
    (text) => /^(?:[^<>"\r\n]*<)?[^\s<>@"]+@[^\s<>@"]+>?$/.test(text),
    "must be an address, or a name and an address: Example <no-reply@example.com>",
  );

/** Where a dual-stack socket shows IPv4 peers: a range that meets it would trust all of them. */
const mappedNetwork = "::ffff:0:0";
const mapped = new BlockList();
mapped.addSubnet(mappedNetwork, 96, "ipv6");

function meetsMapped(address: string, bits: number): boolean {
  const range = new BlockList();
  range.addSubnet(address, bits, "ipv6");
  return range.check(mappedNetwork, "ipv6") || mapped.check(address, "ipv6");
}

/** An address or a range that is not simply everybody. */
function isProxyRange(text: string): boolean {
  const [address = "", size, ...rest] = text.split("/");
  const family = isIP(address);
  const widest = family === 4 ? 32 : 128;
  if (family === 0 || address.includes("%") || rest.length > 0) return false;
  if (size !== undefined && !/^\d{1,3}$/.test(size)) return false;
  const bits = Number(size ?? widest);
  if (bits < 8 || bits > widest) return false;
  return family === 4 || !meetsMapped(address, bits);
}

export const proxies = z
  .string()
  .transform(list)
  .refine(
    (ranges) => ranges.every(isProxyRange),
    "must be a comma-separated list of addresses or CIDR ranges of your own proxies, /8 or narrower, IPv4 written as IPv4, such as 127.0.0.1,10.0.0.0/8",
  );
