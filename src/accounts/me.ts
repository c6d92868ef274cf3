import type { Member } from "../caller.js";
import { columns } from "../database/columns.js";
import { unauthenticated } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import { type VisibleUser, visibleUserFields } from "./visible-user.js";

const readStatement = {
  name: "read-user",
  text: `SELECT ${columns("u", visibleUserFields)} FROM users u WHERE u.id = $1`,
};

/** @throws {AuthError} UNAUTHENTICATED when the account has gone since the token was signed */
export async function readMe(
  { pool }: Pick<Services, "pool">,
  member: Member,
): Promise<VisibleUser> {
  const { rows } = await pool.query<VisibleUser>({ ...readStatement, values: [member.userId] });
  if (rows[0] === undefined) throw unauthenticated("SESSION_ENDED");
  return rows[0];
}
