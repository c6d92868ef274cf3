import type { ClientBase, Pool } from "pg";
import { columns } from "../database/columns.js";
import { unauthenticated } from "../errors/auth-error.js";
import type { User } from "./user.entity.js";

const accountFields = {
  id: "id",
  email: "email",
  emailVerified: "email_verified",
  username: "username",
  firstName: "first_name",
  lastName: "last_name",
  passwordHash: "password_hash",
  pepperId: "pepper_id",
  passwordVersion: "password_version",
  passwordResetRequired: "password_reset_required",
} satisfies Partial<Record<keyof User, string>>;

/** What the rules need to know of an account. */
export type Account = Pick<User, keyof typeof accountFields>;

const byId = `SELECT ${columns("u", accountFields)} FROM users u WHERE u.id = $1`;

export async function findAccount(pool: Pool, userId: string): Promise<Account | undefined> {
  const { rows } = await pool.query<Account>(byId, [userId]);
  return rows[0];
}

/**
 * Whoever changes an account, its sessions or its codes locks its row first, then sessions, then
 * codes: two at once take turns and cannot block each other for good.
 */
export async function lockAccount(
  client: ClientBase,
  userId: string,
): Promise<Account | undefined> {
  const { rows } = await client.query<Account>(`${byId} FOR NO KEY UPDATE`, [userId]);
  return rows[0];
}

/** @throws {AuthError} UNAUTHENTICATED when the account has gone since the token was signed */
export function present<T>(account: T | undefined): T {
  if (account === undefined) throw unauthenticated("SESSION_ENDED");
  return account;
}

/** What a password must not be made of. */
export const personalWords = ({ email, username, firstName, lastName }: Account): string[] =>
  [email, username, firstName, lastName].filter((text) => text !== null);
