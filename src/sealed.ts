import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { DerivedKey } from "./secrets.js";

const algorithm = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;

/**
 * IV, tag and ciphertext (AES-256-GCM, NIST SP 800-38D).
 * @param about additional data: it opens for the same alone, such as the row that holds it
 */
export function seal({ key }: DerivedKey, about: string, plain: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv).setAAD(Buffer.from(about));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]);
}

/** @returns undefined for what this key has not sealed for this */
export function unseal({ key }: DerivedKey, about: string, sealed: Buffer): Buffer | undefined {
  const iv = sealed.subarray(0, ivBytes);
  const tag = sealed.subarray(ivBytes, ivBytes + tagBytes);
  const text = sealed.subarray(ivBytes + tagBytes);
  try {
    const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(about)).setAuthTag(tag);
    return Buffer.concat([decipher.update(text), decipher.final()]);
  } catch {
    return undefined;
  }
}
