import type { FieldCode } from "../errors/codes.js";

const minLength = 3;
const maxLength = 32;
/** Letters and digits of any script, with . _ - between them; never an @, which is an email's. */
const shape = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}])?$/u;

export interface Username {
  /** As the person writes it. */
  username: string;
  /** What is unique. */
  usernameKey: string;
}

/** @returns both forms, or what is wrong with it */
export function parseUsername(text: string): Username | { fault: FieldCode } {
  // SECURITY: to normalise takes quadratic time of some texts.
  if (text.length > 8 * maxLength) return { fault: "TOO_LONG" };
  const username = text.trim().normalize("NFKC");
  const length = [...username].length;
  if (length < minLength) return { fault: "TOO_SHORT" };
  if (length > maxLength) return { fault: "TOO_LONG" };
  if (!shape.test(username)) return { fault: "FORMAT_INVALID" };
  // Upper case first: it joins what lower case alone keeps apart (ß and ss, the two sigmas).
  return { username, usernameKey: username.toUpperCase().toLowerCase().normalize("NFKC") };
}
