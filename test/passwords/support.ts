import { randomBytes } from "node:crypto";
import { openPasswords, type Passwords } from "../../src/passwords/index.js";

export const settings = (changes: Partial<Parameters<typeof openPasswords>[0]> = {}) => ({
  bcryptCost: 4,
  hashWorkers: 1,
  passwordMinLength: 8,
  passwordPeppers: [randomBytes(32)],
  publicUrl: "https://login.acme.example",
  ...changes,
});

/** Opens, lets `use` work, and closes whatever happens. */
export async function withPasswords<T>(
  changes: Partial<Parameters<typeof openPasswords>[0]>,
  use: (passwords: Passwords) => Promise<T>,
): Promise<T> {
  const passwords = openPasswords(settings(changes));
  try {
    return await use(passwords);
  } finally {
    await passwords.close();
  }
}
