import type { KnownAccount } from "../limits/places.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";

/**
 * Where the account's owner has just been let in, or has proved the address, strangers who guess do
 * not hold them up; and what was guessed before is over. The deed is done: whatever goes wrong here
 * is no reason to answer with an error.
 */
export async function trustPlace(
  { pool, limits, config }: Pick<Services, "pool" | "limits" | "config">,
  userId: string,
  { ip, log }: Visitor,
): Promise<void> {
  if (!config.rateLimits) return;
  try {
    const { rows } = await pool.query<KnownAccount>(
      `SELECT id, password_version AS "passwordVersion" FROM users WHERE id = $1`,
      [userId],
    );
    if (rows[0] !== undefined) await limits.passwords.trust(rows[0], ip);
  } catch (error) {
    log.warn({ event: "place_not_remembered", userId, err: error }, "place not remembered");
  }
}
