import type { ClientBase } from "pg";
import { isKeptForOther } from "./address-owner.js";
import type { Registration } from "./registration.entity.js";

/** All that makes an account; what a registration that waits holds. */
export type NewUser = Omit<Registration, "id" | "createdAt"> & { emailVerified: boolean };

/** The address belongs to somebody who has just left it, and may bring it back. */
export class AddressKeptError extends Error {
  override readonly name = "AddressKeptError";
}

/**
 * Two at once with one address or username: the unique constraint lets one through, not a read
 * before it.
 *
 * @returns the id of the account
 * @throws {AddressKeptError}
 */
export async function insertUser(client: ClientBase, user: NewUser): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO users (email, email_verified, username, username_key, password_hash, pepper_id,
       first_name, last_name, avatar_url)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
    [
      user.email,
      user.emailVerified,
      user.username,
      user.usernameKey,
      user.passwordHash,
      user.pepperId,
      user.firstName,
      user.lastName,
      user.avatarUrl,
    ],
  );
  const id = rows[0]?.id as string;
  if (await isKeptForOther(client, user.email, id)) throw new AddressKeptError();
  return id;
}
