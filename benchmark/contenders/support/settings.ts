import { randomBytes } from "node:crypto";
import { limitNames } from "../../../src/limits/limit-settings.js";

export const secret = () => randomBytes(32).toString("base64");

/** What the harness tells a contender. */
export function told(): { databaseUrl: string; port: number; seeds: number } {
  const { DATABASE_URL = "", PORT, SEEDS } = process.env;
  return { databaseUrl: DATABASE_URL, port: Number(PORT), seeds: Number(SEEDS) };
}

/** Counted as ever, and never reached: one address is everybody here. */
const limits = Object.fromEntries(limitNames.map((name) => [name, "999999/10s"]));

/**
 * As in production with everything on, but that a token outlives the run.
 * @param smtpPort where mail is taken
 */
export const productionSettings = (smtpPort: number): Record<string, string> => ({
  NODE_ENV: "production",
  PUBLIC_URL: "https://auth.example.com",
  DATABASE_URL: told().databaseUrl,
  PORT: String(told().port),
  AUTH_SECRET: secret(),
  PASSWORD_PEPPER: secret(),
  ACCESS_TOKEN_TTL: "1d",
  SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
  ...(process.env.HS256 === undefined ? {} : { ACCESS_TOKEN_SECRET: secret() }),
  ...limits,
});
