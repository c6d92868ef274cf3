import type { ClientBase, Pool } from "pg";

/** An address that was left lately can be brought back by its owner, and is kept free for that. */
const keptFree = `SELECT c.user_id AS id FROM email_codes c
  WHERE c.purpose = 'RESTORE' AND c.address = $1 AND c.expires_at > clock_timestamp()`;

/** @returns the account that has the address, or may bring it back */
export async function findAddressOwner(
  connection: Pool | ClientBase,
  address: string,
): Promise<string | null> {
  const { rows } = await connection.query<{ id: string }>(
    `SELECT u.id FROM users u WHERE u.email = $1 UNION ALL (${keptFree}) LIMIT 1`,
    [address],
  );
  return rows[0]?.id ?? null;
}

/**
 * SECURITY: asked after an address was written, in the same transaction: the unique constraint has
 * then waited for whoever was leaving it, and this statement sees what they have left behind.
 */
export async function isKeptForOther(
  client: ClientBase,
  address: string,
  userId: string,
): Promise<boolean> {
  const { rowCount } = await client.query(`${keptFree} AND c.user_id <> $2 LIMIT 1`, [
    address,
    userId,
  ]);
  return rowCount !== 0;
}
