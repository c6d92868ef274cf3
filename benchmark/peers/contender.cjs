const { createHash } = require("node:crypto");

// At once: nothing here outlives a run, and nobody waits for an answer any more.
process.once("SIGTERM", () => process.exit(0));

const { DATABASE_URL, PORT, SEEDS = "64" } = process.env;
if (!DATABASE_URL || !PORT) throw new Error("DATABASE_URL and PORT are needed");

/**
 * @typedef {object} Case how one request is made, and how a good answer is known
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string} [body] `{{token}}` stands for one of `seeds`, here as in `path` and `headers`
 * @property {string[]} seeds
 * @property {string} [next] a regular expression whose first group is the token that replaces it
 * @property {string} ok a regular expression that the body of every good answer matches
 */

/** What every contender has in common. */
module.exports = {
  databaseUrl: DATABASE_URL,
  port: Number(PORT),

  /** The pool of pg and of TypeORM has ten connections if nobody says otherwise: so have all here. */
  connections: 10,

  /** @param {string} purpose */
  secret: (purpose) => createHash("sha256").update(`benchmark ${purpose}`).digest("hex"),

  /**
   * One session after the other, so that the start takes nothing from the machine but time.
   *
   * @template T
   * @param {(n: number) => Promise<T>} make
   * @returns {Promise<T[]>}
   */
  async seed(make) {
    const made = [];
    for (let n = 0; n < Number(SEEDS); n++) made.push(await make(n));
    return made;
  },

  /**
   * Tells the harness, once the contender listens.
   *
   * @param {Record<string, Case>} cases
   */
  announce(cases) {
    process.stdout.write(`${JSON.stringify({ cases })}\n`);
  },
};
