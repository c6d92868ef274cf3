import type { ClientBase } from "pg";
import type { PasswordHash } from "../passwords/index.js";

/** A new password for an account whose row is locked; whatever was checked against the old is void. */
export async function setPassword(
  client: ClientBase,
  userId: string,
  { hash, pepperId }: PasswordHash,
): Promise<void> {
  await client.query(
    `UPDATE users SET password_hash = $2, pepper_id = $3, password_version = password_version + 1,
       password_reset_required = false, updated_at = clock_timestamp()
     WHERE id = $1`,
    [userId, hash, pepperId],
  );
}
