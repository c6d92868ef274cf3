import type { z } from "zod";
import { rates } from "../setting-values.js";

/** So many within so long, counted from the first. */
export interface Rate {
  times: number;
  seconds: number;
}

const limit = (fallback: string, about: string) => ({
  fallback,
  about,
  schema: rates as z.ZodType<Rate[], string>,
});

/** One setting a limit; docs/limits.md gives the reason for each default. */
export const limitSettings = {
  LIMIT_PASSWORD_PAIR: limit(
    "5/1m,10/15m,20/1d",
    "wrong passwords for one account from one client address, or within one session",
  ),
  LIMIT_PASSWORD_ADDRESS: limit("50/15m", "wrong passwords from one client address, for whomever"),
  LIMIT_PASSWORD_ACCOUNT: limit(
    "20/1h",
    "wrong passwords for one account from client addresses that it has not signed in from",
  ),
  LIMIT_CODE_ADDRESS: limit(
    "30/15m",
    "wrong codes and report links from one client address, beside the tries that a code and an account have",
  ),
  LIMIT_REGISTER: limit("30/1h", "registrations from one client address"),
  LIMIT_MAIL_PAIR: limit("5/1h", "mails to one address caused from one client address"),
  LIMIT_MAIL_ADDRESS: limit("30/1h", "mails to anybody caused from one client address"),
  LIMIT_REFRESH: limit("30/10s", "refreshes of one session, on each replica"),
  LIMIT_REPLAY: limit(
    "20/1m",
    "refreshes of one session with a token that is not its newest, on each replica",
  ),
  LIMIT_REFRESH_ADDRESS: limit(
    "60/1m",
    "refresh tokens from one client address that are not ours, on each replica",
  ),
};

export type LimitName = keyof typeof limitSettings;

export const limitNames = Object.keys(limitSettings) as LimitName[];

/** What holds for a limit that is not set. */
export const defaultRates = (name: LimitName): Rate[] =>
  limitSettings[name].schema.parse(limitSettings[name].fallback);
