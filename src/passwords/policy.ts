import type { FieldFault } from "../errors/auth-error.js";

/** Long enough for any passphrase; what is longer is never hashed (OWASP Password Storage CS). */
const maxCodePoints = 256;

/** NFKC makes one code point out of at most four, and each is at most two UTF-16 units. */
const maxRawLength = maxCodePoints * 4 * 2;

/** What is wrong with a password; the caller knows under which name the field was sent. */
export type PasswordFault = Omit<FieldFault, "field">;

/**
 * The form in which a password is counted, judged and hashed: NFKC, so that it is the same from
 * every keyboard (NIST SP 800-63B-4 section 3.1.1.2). Nothing is cut off.
 *
 * @returns undefined for one that is too long, or that is no Unicode
 */
export function normalForm(password: string): string | undefined {
  // SECURITY: putting a run of combining marks in order takes the square of its length: a body of
  // 100 kB would hold up the event loop for seconds. Whatever is longer than this stays too long.
  if (password.length > maxRawLength || isNoText(password)) return undefined;
  const normal = password.normalize("NFKC");
  return countCodePoints(normal) > maxCodePoints ? undefined : normal;
}

const countCodePoints = (text: string) => [...text].length;

/** Half of a surrogate pair: UTF-8 has no bytes for it, so that two passwords would be one. */
const isNoText = (password: string) => /\p{Surrogate}/u.test(password);

/** Only length: any character may be used, none must be (OWASP ASVS 6.2.5, 6.2.9). */
export function shapeFault(password: string, minCodePoints: number): PasswordFault | undefined {
  if (isNoText(password)) return { code: "FORMAT_INVALID" };
  const normal = normalForm(password);
  if (normal === undefined)
    return { code: "TOO_LONG", message: `At most ${maxCodePoints} characters are possible.` };
  if (countCodePoints(normal) < minCodePoints)
    return { code: "TOO_SHORT", message: `At least ${minCodePoints} characters are needed.` };
  return undefined;
}
