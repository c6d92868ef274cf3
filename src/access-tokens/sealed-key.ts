import { createPrivateKey, type KeyObject } from "node:crypto";
import { seal, unseal } from "../sealed.js";
import type { DerivedKey } from "../secrets.js";

/** The private half of a signing key as the database holds it: its PKCS #8 form, sealed for its kid. */
export const sealPrivateKey = (privateKey: KeyObject, kid: string, key: DerivedKey): Buffer =>
  seal(key, kid, privateKey.export({ format: "der", type: "pkcs8" }));

/** @returns undefined for what this key has not sealed for this kid */
export function openPrivateKey(
  sealed: Buffer,
  kid: string,
  key: DerivedKey,
): KeyObject | undefined {
  const plain = unseal(key, kid, sealed);
  return plain && createPrivateKey({ key: plain, format: "der", type: "pkcs8" });
}
