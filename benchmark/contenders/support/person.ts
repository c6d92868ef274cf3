/** Somebody, as `me` answers. */
export const person = {
  id: "11111111-2222-4333-8444-555555555555",
  email: "somebody@example.com",
  emailVerified: true,
  username: "somebody",
  firstName: "Some",
  lastName: "Body",
  avatarUrl: null,
  role: "USER",
  createdAt: new Date("2026-01-01T00:00:00Z"),
  updatedAt: new Date("2026-01-01T00:00:00Z"),
};
