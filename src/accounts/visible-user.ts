import type { User } from "./user.entity.js";

/** An account as its owner sees it. What else the row holds is not read for an answer at all. */
export type VisibleUser = Pick<User, keyof typeof visibleUserFields>;

export const visibleUserFields = {
  id: "id",
  email: "email",
  emailVerified: "email_verified",
  username: "username",
  firstName: "first_name",
  lastName: "last_name",
  avatarUrl: "avatar_url",
  role: "role",
  createdAt: "created_at",
  updatedAt: "updated_at",
} satisfies Partial<Record<keyof User, string>>;
