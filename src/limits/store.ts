import { createHmac } from "node:crypto";
import type { Pool } from "pg";
import { RateLimiterPostgres } from "rate-limiter-flexible";
import type { KeyRing } from "../secrets.js";
import type { Rate } from "./limit-settings.js";

const table = "rate_limits";

/** The counts that all replicas share, in our own database. */
export interface LimitStore {
  /** @param kept whether a refusal is remembered here until it is over: nothing gives it back */
  counter(name: string, rate: Rate, kept: boolean): RateLimiterPostgres;
  /** SECURITY: whom it is about, as a MAC: whoever reads the table learns no name and no address. */
  nameOf(...about: readonly string[]): string;
  /** Takes back one each of what was counted, in the time in which it was. */
  giveBack(keys: readonly string[]): Promise<void>;
  forget(keys: readonly string[]): Promise<void>;
}

/** In one order, so that two at once cannot wait for each other. */
const locked = `locked AS (SELECT key FROM ${table} WHERE key = ANY ($1) ORDER BY key FOR UPDATE)`;

/**
 * By ourselves: the library's own `reward` would begin a new time below zero where the old one is
 * over, which is a try for nothing.
 */
const giveBackStatement = {
  name: "give-back-rate-limits",
  text: `WITH ${locked} UPDATE ${table} SET points = points - 1
    WHERE key IN (SELECT key FROM locked) AND points > 0 AND (expire IS NULL OR expire > $2)`,
};

const forgetStatement = {
  name: "forget-rate-limits",
  text: `WITH ${locked} DELETE FROM ${table} WHERE key IN (SELECT key FROM locked)`,
};

export const createLimitStore = (pool: Pool, keys: KeyRing): LimitStore => ({
  counter: (name, { times, seconds }, kept) =>
    new RateLimiterPostgres({
      storeClient: pool,
      storeType: "pool",
      tableName: table,
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: name,
      points: times,
      duration: seconds,
      ...(kept ? { inMemoryBlockOnConsumed: times + 1 } : {}),
    }),

  nameOf: (...about) =>
    createHmac("sha256", keys.current.key).update(about.join("\0")).digest("base64url"),

  async giveBack(taken) {
    if (taken.length > 0) await pool.query({ ...giveBackStatement, values: [taken, Date.now()] });
  },

  async forget(taken) {
    if (taken.length > 0) await pool.query({ ...forgetStatement, values: [taken] });
  },
});
