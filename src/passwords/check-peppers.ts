import type { Pool } from "pg";
import type { Config } from "../config.js";
import { StartError } from "../start-error.js";
import { pepperId } from "./pepper.js";

/** Why the boot stops: passwords that nobody could sign in with. */
export class MissingPepperError extends StartError {
  override readonly name = "MissingPepperError";
  constructor(readonly count: number) {
    super(
      `PASSWORD_PEPPER lacks the pepper under the passwords of ${count} users; add it to the list again, after the one that makes new hashes.`,
    );
  }
}

/** Walks from one pepper to the next in the index; only missing ones are counted. */
const countUnderOthers = `
  WITH RECURSIVE used (id) AS (
    SELECT min(pepper_id) FROM users
    UNION ALL
    SELECT (SELECT min(pepper_id) FROM users WHERE pepper_id > used.id)
      FROM used WHERE used.id IS NOT NULL)
  SELECT count(*)::int AS count FROM users
    WHERE pepper_id IN (SELECT id FROM used WHERE id <> ALL ($1))`;

/**
 * For the boot, once the database is migrated.
 * @throws {MissingPepperError} when a user's password was hashed with a pepper that is not configured
 */
export async function checkPeppers(
  pool: Pool,
  { passwordPeppers }: Pick<Config, "passwordPeppers">,
): Promise<void> {
  const ids = passwordPeppers.map(pepperId);
  const { rows } = await pool.query<{ count: number }>(countUnderOthers, [ids]);
  const count = rows[0]?.count ?? 0;
  if (count > 0) throw new MissingPepperError(count);
}
