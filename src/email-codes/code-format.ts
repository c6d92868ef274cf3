import { createHmac, randomBytes, randomInt } from "node:crypto";
import type { DerivedKey } from "../secrets.js";
import type { EmailCode } from "./email-code.entity.js";

/** Six digits to type (OWASP ASVS 6.5.1), and for the link the row's id with 128 random bits. */
export interface CodePair {
  digits: string;
  link: string;
}

export type CodeForm = keyof CodePair;

/** A code as a person has sent it. */
export type PresentedCode =
  | { form: "digits"; text: string }
  | { form: "link"; text: string; id: string };

const linkBytes = 32;
const linkLength = Math.ceil((linkBytes * 4) / 3);

const idBytes = (id: string) => Buffer.from(id.replaceAll("-", ""), "hex");

const idText = (bytes: Buffer) =>
  bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** @param id of the row that they will belong to */
export const makeCodes = (id: string): CodePair => ({
  digits: String(randomInt(1_000_000)).padStart(6, "0"),
  link: Buffer.concat([idBytes(id), randomBytes(linkBytes - 16)]).toString("base64url"),
});

/** @returns undefined for what cannot be a code, so that it need not be tried */
export function readCode(code: string): PresentedCode | undefined {
  const text = code.slice(0, 200).trim();
  const digits = text.replace(/[\s-]/g, "");
  if (/^\d{6}$/.test(digits)) return { form: "digits", text: digits };
  if (text.length !== linkLength || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  // The last character carries bits that decode to nothing: only one spelling is genuine.
  if (bytes.toString("base64url") !== text) return undefined;
  return { form: "link", text, id: idText(bytes.subarray(0, 16)) };
}

export type CodeBinding = Pick<
  EmailCode,
  "id" | "purpose" | "userId" | "registrationId" | "address"
>;

/**
 * What is stored of a code. Bound to purpose, account, address and request (OWASP ASVS 6.6.2): a
 * row that is copied or altered in the database opens nothing.
 */
export const codeMac = (
  { key }: DerivedKey,
  { id, purpose, userId, registrationId, address }: CodeBinding,
  form: CodeForm,
  text: string,
): Buffer =>
  createHmac("sha256", key)
    .update(JSON.stringify([purpose, userId, registrationId, address, id, form, text]))
    .digest();
