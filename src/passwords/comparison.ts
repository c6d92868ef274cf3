import type { Pepper } from "./pepper.js";
import { normalForm } from "./policy.js";
import { costOf, type StoredPassword } from "./stored-password.js";

export interface Comparison {
  /** What bcrypt is to hash. */
  candidate: string;
  /** The bcrypt hash that should come out; none where nothing can match, whatever the password. */
  stored?: string;
}

/** Hashed in place of a password that nothing can match. */
const nobodys: Comparison = { candidate: "nobody's" };

/** What is to be compared with what: a stored hash says by its pepper's id how it was made. */
export function comparison(
  password: string,
  stored: StoredPassword | undefined,
  peppers: readonly Pepper[],
): Comparison {
  const normal = normalForm(password);
  if (normal === undefined || stored === undefined) return nobodys;
  if (costOf(stored) === undefined) return nobodys;
  // As typed: the system that it was brought from did not know our normal form.
  if (stored.pepperId === null) return { candidate: password, stored: stored.hash };
  const pepper = peppers.find(({ id }) => id === stored.pepperId);
  if (pepper === undefined) return nobodys;
  return { candidate: pepper.season(normal), stored: stored.hash };
}
