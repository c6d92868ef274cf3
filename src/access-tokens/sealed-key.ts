import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import type { DerivedKey } from "../secrets.js";

const algorithm = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;

/**
 * The private half of a signing key as the database holds it: IV, tag and ciphertext of its PKCS #8
 * form, AES-256-GCM with the kid as additional data, so that it opens in its own row alone.
 */
export function sealPrivateKey(privateKey: KeyObject, kid: string, { key }: DerivedKey): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv).setAAD(Buffer.from(kid));
  const plain = privateKey.export({ format: "der", type: "pkcs8" });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** @returns undefined for what this key has not sealed for this kid */
export function openPrivateKey(
  sealed: Buffer,
  kid: string,
  { key }: DerivedKey,
): KeyObject | undefined {
  try {
    const iv = sealed.subarray(0, ivBytes);
    const tag = sealed.subarray(ivBytes, ivBytes + tagBytes);
    const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(kid)).setAuthTag(tag);
    const text = sealed.subarray(ivBytes + tagBytes);
    const plain = Buffer.concat([decipher.update(text), decipher.final()]);
    return createPrivateKey({ key: plain, format: "der", type: "pkcs8" });
  } catch {
    return undefined;
  }
}
