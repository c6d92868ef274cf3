/**
 * Runs in worker threads (Piscina): bcryptjs is plain JavaScript and would stop the event loop.
 * JavaScript, so that the very same file runs from src under the tests and from dist.
 */
import { setPriority } from "node:os";
import { isMainThread } from "node:worker_threads";
import bcrypt from "bcryptjs";
import { isWanted } from "./is-wanted.js";

/**
 * Where processors are short, answers go before hashes. Linux takes it for this thread alone (man 2
 * setpriority, NPTL); elsewhere it would be the whole process.
 */
if (process.platform === "linux" && !isMainThread) setPriority(5);

/**
 * @typedef {object} HashJob
 * @property {string} candidate what bcrypt is to hash
 * @property {number} cost
 * @property {Int32Array} [turn] 0 while somebody waits for it to begin
 *
 * @typedef {object} VerifyJob
 * @property {string} candidate
 * @property {number} cost the work that every refusal costs
 * @property {string} [stored] a bcrypt hash; none for a user who does not exist
 * @property {Int32Array} [turn]
 */

/**
 * @param {HashJob} job
 * @returns {string | null} null where nobody waits any more
 */
export const hash = ({ candidate, cost, turn }) =>
  isWanted(turn) ? bcrypt.hashSync(candidate, cost) : null;

/**
 * The costs of the throw-away hashes that bring a refusal to 2^cost rounds: all of it where there
 * is no hash; for a stored hash of an older cost c, c and every cost between, because
 * 2^c + (2^c + 2^(c+1) + … + 2^(cost-1)) = 2^cost.
 *
 * @param {number} cost
 * @param {number} [storedCost]
 */
export const throwAwayCosts = (cost, storedCost) =>
  storedCost === undefined
    ? [cost]
    : Array.from({ length: Math.max(0, cost - storedCost) }, (_, more) => storedCost + more);

/**
 * SECURITY: the time tells neither whether the user exists nor how old the hash is (OWASP ASVS
 * 6.3.8).
 *
 * @param {VerifyJob} job
 * @returns {boolean | null} null where nobody waits any more
 */
export function verify({ candidate, cost, stored, turn }) {
  if (!isWanted(turn)) return null;
  if (stored !== undefined && bcrypt.compareSync(candidate, stored)) return true;
  const storedCost = stored === undefined ? undefined : bcrypt.getRounds(stored);
  for (const extra of throwAwayCosts(cost, storedCost)) bcrypt.hashSync(candidate, extra);
  return false;
}
