import { domainToASCII, domainToUnicode } from "node:url";
import { isEmail } from "class-validator";

const maxLength = 254; // RFC 5321 section 4.5.3.1.3, less the angle brackets
/** SECURITY: to normalise takes quadratic time of some texts, so that the length is looked at first. */
const maxTypedLength = 8 * maxLength;

/**
 * The one form in which an address is compared, stored and mailed to: no outer white space, NFKC,
 * lower case, a domain in one spelling. Every mutation uses it before it looks at an address, so
 * that one mailbox cannot hold two accounts (OWASP Email Validation Cheat Sheet; CVE-2022-35924).
 */
function normalise(text: string): string {
  const trimmed = text.trim().normalize("NFKC").toLowerCase();
  const at = trimmed.lastIndexOf("@");
  if (at < 0) return trimmed;
  const domain = domainToUnicode(domainToASCII(trimmed.slice(at + 1)));
  return `${trimmed.slice(0, at)}@${domain}`;
}

/** @returns the address in its normal form, or undefined for what is no address */
export function parseEmail(text: string): string | undefined {
  if (text.length > maxTypedLength) return undefined;
  const email = normalise(text);
  // A quoted local part can hold anything, also what breaks a mail header.
  const options = { blacklisted_chars: '"' };
  return email.length <= maxLength && isEmail(email, options) ? email : undefined;
}
