import type { Config } from "../config.js";
import { comparison } from "./comparison.js";
import { createPeppers, type Pepper } from "./pepper.js";
import { normalForm, type PasswordFault, shapeFault } from "./policy.js";
import { costOf, type StoredPassword } from "./stored-password.js";
import { openStrength } from "./strength.js";
import { type Load, longestWaitMilliseconds, openWorkerPool } from "./worker-pool.js";

export interface PasswordHash {
  hash: string;
  pepperId: string;
}

export interface Verdict {
  matches: boolean;
  /** The password is right and its hash is of an older cost or pepper: hash it anew. */
  outdated: boolean;
}

/** Hashing and judging of passwords, off the main thread. All throw OVERLOADED when busy. */
export interface Passwords {
  /** @param password one that `check` or `verify` has accepted */
  hash(password: string): Promise<PasswordHash>;

  /**
   * SECURITY: costs the same work for a wrong password, an unknown user, a damaged hash and a
   * password that is too long to be hashed (OWASP ASVS 6.3.8). Only a stored hash that costs more
   * than BCRYPT_COST takes longer.
   *
   * @param stored undefined for a user who does not exist
   */
  verify(password: string, stored: StoredPassword | undefined): Promise<Verdict>;

  /**
   * Whether a password may be chosen: PASSWORD_MIN_LENGTH to 256 code points of any kind, not easy
   * to guess.
   *
   * @param personal email address, username and names of the person, as they wrote them
   * @returns what is wrong: TOO_SHORT, TOO_LONG, FORMAT_INVALID (no Unicode) or INSECURE, for which
   *   a message gives the reason
   */
  check(password: string, personal: readonly string[]): Promise<PasswordFault | undefined>;

  /**
   * Lets `work`, which will hash, begin only where there is room for it, so that a storm of sign-ins
   * is told OVERLOADED before it asks the database anything.
   */
  admit<Result>(work: () => Promise<Result>): Promise<Result>;

  /** Of the threads that hash. */
  load(): Load;
  close(): Promise<void>;
}

type Settings = Pick<
  Config,
  "bcryptCost" | "hashWorkers" | "passwordMinLength" | "passwordPeppers" | "publicUrl"
>;

/** One bcryptjs hash at cost 12 took 311 ms on one core; each step of the cost doubles it. */
const hashMilliseconds = (cost: number) => 311 * 2 ** (cost - 12);

const hashQueueLimit = ({ bcryptCost, hashWorkers }: Settings) =>
  hashWorkers * Math.max(1, Math.floor(longestWaitMilliseconds / hashMilliseconds(bcryptCost)));

/** Opens the threads; `close` ends them. */
export function openPasswords(config: Settings): Passwords {
  const { bcryptCost: cost, hashWorkers, passwordMinLength } = config;
  const peppers = createPeppers(config.passwordPeppers);
  const current = peppers[0] as Pepper;
  const strength = openStrength(config.publicUrl);
  const hashing = openWorkerPool({
    file: new URL("./hash-worker.js", import.meta.url),
    threads: hashWorkers,
    standingThreads: hashWorkers,
    queueLimit: hashQueueLimit(config),
  });

  const isOutdated = (stored: StoredPassword) =>
    stored.pepperId !== current.id || (costOf(stored) ?? 0) < cost;

  return {
    async hash(password) {
      const normal = normalForm(password);
      if (normal === undefined) throw new TypeError("a password is checked before it is hashed");
      const hash = await hashing.run<string>("hash", { candidate: current.season(normal), cost });
      return { hash, pepperId: current.id };
    },

    async verify(password, stored) {
      const job = { ...comparison(password, stored, peppers), cost };
      const matches = await hashing.run<boolean>("verify", job);
      return { matches, outdated: matches && stored !== undefined && isOutdated(stored) };
    },

    async check(password, personal) {
      const fault = shapeFault(password, passwordMinLength);
      const normal = normalForm(password);
      if (fault !== undefined || normal === undefined) return fault;
      const message = await strength.weaknessOf(normal, personal);
      return message === undefined ? undefined : { code: "INSECURE", message };
    },

    admit: hashing.admit,
    load: hashing.load,
    async close() {
      await Promise.all([hashing.close(), strength.close()]);
    },
  };
}
