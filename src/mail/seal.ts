import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { type KeyRing, keyIdBytes } from "../secrets.js";

const algorithm = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;
const ivAt = keyIdBytes;
const tagAt = ivAt + ivBytes;
const textAt = tagAt + tagBytes;

/** Key id, IV, tag and ciphertext (AES-256-GCM) of a value; opens in the row `id` alone. */
export function seal(keys: KeyRing, id: string, value: unknown): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, keys.current.key, iv).setAAD(Buffer.from(id));
  const text = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
  return Buffer.concat([keys.current.id, iv, cipher.getAuthTag(), text]);
}

/** @returns undefined for what none of our keys has sealed for this row */
export function unseal<T>(keys: KeyRing, id: string, sealed: Buffer): T | undefined {
  const key = keys.find(sealed.subarray(0, ivAt));
  if (key === undefined) return undefined;
  try {
    const decipher = createDecipheriv(algorithm, key.key, sealed.subarray(ivAt, tagAt), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(id)).setAuthTag(sealed.subarray(tagAt, textAt));
    const text = Buffer.concat([decipher.update(sealed.subarray(textAt)), decipher.final()]);
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}
