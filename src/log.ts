import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";
import type { Config } from "./config.js";

/** What the rooms need of a logger. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

/**
 * SECURITY: of an error only these. Database errors carry the statement's parameters and the row
 * that offended, which are hashes and addresses.
 */
const errorForLog = (error: Error & { code?: unknown }) => ({
  type: error.name,
  message: error.message,
  code: error.code,
  stack: error.stack,
});

/** JSON, one line an event, times in UTC; pretty where a person reads along. */
export function createLogger(config: Config, destination?: DestinationStream): Logger {
  const readAlong = process.stdout.isTTY && !config.production;
  const stream = destination ?? (readAlong ? pretty({ sync: true, ignore: "pid,hostname" }) : 1);
  return pino(
    {
      level: config.logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorForLog },
    },
    typeof stream === "number" ? pino.destination(stream) : stream,
  );
}
