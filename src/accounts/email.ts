import { domainToASCII, domainToUnicode } from "node:url";
import validator from "validator";

const maxLength = 254; // RFC 5321 section 4.5.3.1.3, less the angle brackets
/** SECURITY: to normalise takes quadratic time of some texts, so that the length is looked at first. */
const maxTypedLength = 8 * maxLength;

/** SECURITY: nothing that is not seen, and in a domain nothing that a URL would read otherwise. */
const unseen = /[\p{C}\p{Z}]/u;
const domainShape = /^[\p{L}\p{M}\p{N}.-]+$/u;

/**
 * The one form in which an address is compared, stored and mailed to: no outer white space, NFKC,
 * lower case, a domain in one spelling. Every mutation uses it before it looks at an address, so
 * that one mailbox cannot hold two accounts (OWASP Email Validation Cheat Sheet; CVE-2022-35924).
 */
function normalise(text: string): string | undefined {
  const trimmed = text.trim().normalize("NFKC").toLowerCase();
  const at = trimmed.lastIndexOf("@");
  const typedDomain = trimmed.slice(at + 1);
  if (at < 0 || unseen.test(trimmed) || !domainShape.test(typedDomain)) return undefined;
  return `${trimmed.slice(0, at)}@${domainToUnicode(domainToASCII(typedDomain))}`;
}

/** @returns the address in its normal form, or undefined for what is no address */
export function parseEmail(text: string): string | undefined {
  if (text.length > maxTypedLength) return undefined;
  const email = normalise(text);
  if (email === undefined) return undefined;
  // A quoted local part can hold anything, also what breaks a mail header.
  const options = { blacklisted_chars: '"' };
  return email.length <= maxLength && validator.isEmail(email, options) ? email : undefined;
}
