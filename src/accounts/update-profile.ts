import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import type { Member } from "../caller.js";
import { columns } from "../database/columns.js";
import { uniqueViolation } from "../database/faults.js";
import { inTransaction } from "../database/transaction.js";
import { badUserInput } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { present } from "./lock-account.js";
import { readMe } from "./me.js";
import { profileFaults, tidy } from "./profile.js";
import { parseUsername } from "./username.js";
import { type VisibleUser, visibleUserFields } from "./visible-user.js";

/** A field that is undefined stays, null clears it. */
export interface ProfileChange {
  username?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  avatarUrl?: string | null;
}

type Column = "username" | "username_key" | "first_name" | "last_name" | "avatar_url";

/** @throws {AuthError} BAD_USER_INPUT with every field that is wrong */
function changedColumns(change: ProfileChange): [Column, string | null][] {
  const faults = profileFaults(change);
  const name = change.username == null ? null : parseUsername(change.username);
  if (name !== null && "fault" in name) faults.push({ field: "username", code: name.fault });
  if (faults.length > 0) throw badUserInput(...faults);
  const { username = null, usernameKey = null } = name !== null && "username" in name ? name : {};
  const all: [keyof ProfileChange, Column, string | null][] = [
    ["username", "username", username],
    ["username", "username_key", usernameKey],
    ["firstName", "first_name", tidy(change.firstName)],
    ["lastName", "last_name", tidy(change.lastName)],
    ["avatarUrl", "avatar_url", tidy(change.avatarUrl)],
  ];
  return all.flatMap(([field, column, value]) =>
    change[field] === undefined ? [] : [[column, value]],
  );
}

async function write(
  services: Services,
  member: Member,
  changed: [Column, string | null][],
  visitor: Visitor,
): Promise<VisibleUser> {
  const assignments = changed.map(([column], index) => `${column} = $${index + 2}`).join(", ");
  const { userId, sessionId } = member;
  return inTransaction(services.pool, async (client) => {
    const { rows } = await client.query<VisibleUser>(
      `UPDATE users u SET ${assignments}, updated_at = clock_timestamp()
       WHERE u.id = $1 RETURNING ${columns("u", visibleUserFields)}`,
      [userId, ...changed.map(([, value]) => value)],
    );
    const user = present(rows[0]);
    const kind = ActivityKind.PROFILE_CHANGED;
    await recordActivity(client, { kind, userId, sessionId, visitor });
    return user;
  });
}

/**
 * Changes what the person tells about themselves.
 * @throws {AuthError} BAD_USER_INPUT; UNAUTHENTICATED
 */
export async function updateProfile(
  services: Services,
  { member, change, visitor }: { member: Member; change: ProfileChange; visitor: Visitor },
): Promise<VisibleUser> {
  const changed = changedColumns(change);
  if (changed.length === 0) return readMe(services, member);
  try {
    return await write(services, member, changed, visitor);
  } catch (error) {
    if (uniqueViolation(error) === undefined) throw error;
    throw badUserInput({ field: "username", code: "TAKEN" });
  }
}
