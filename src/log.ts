import { createRequire } from "node:module";
import { type DestinationStream, type Logger, pino } from "pino";
import type { Config } from "./config.js";
import { logDestination } from "./log-destination.js";

/** What the rooms need of a logger. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** SQLSTATE class 22: PostgreSQL quotes the value that it could not read, after a colon. */
const isDataException = (code: unknown) => typeof code === "string" && /^22...$/.test(code);

/**
 * SECURITY: of an error only these. Database errors carry the statement's parameters and the row
 * that offended, which are hashes and addresses.
 */
function errorForLog(error: Error & { code?: unknown }) {
  const { name, message, code, stack } = error;
  const said = isDataException(code) ? message.replace(/: [\s\S]*$/, "") : message;
  return { type: name, message: said, code, stack: stack?.replace(message, () => said) };
}

/** Our refresh tokens, by their prefix, and JSON Web Tokens. */
const tokens = /gate_[\w-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/** SECURITY: the second line; nothing should ever hand one over (OWASP ASVS 16.2.5). */
const withoutTokens = (line: string) => line.replace(tokens, "[token]");

/** Ten megabytes that only whoever reads along needs. */
const prettyStream = (): DestinationStream =>
  createRequire(import.meta.url)("pino-pretty")({ sync: true, ignore: "pid,hostname" });

/** JSON, one line an event, times in UTC; pretty where a person reads along. */
export function createLogger(config: Config, destination?: DestinationStream): Logger {
  const readAlong = process.stdout.isTTY && !config.production;
  const stream = destination ?? (readAlong ? prettyStream() : logDestination());
  return pino(
    {
      level: config.logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorForLog },
      hooks: { streamWrite: withoutTokens },
    },
    stream,
  );
}
