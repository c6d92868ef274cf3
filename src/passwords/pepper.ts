import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { secretId } from "../secrets.js";

/** A secret that is mixed into every password: without it a stolen database cannot be guessed at. */
export interface Pepper {
  /** Hexadecimal; names the pepper, not its place in the list. */
  readonly id: string;
  /**
   * What bcrypt gets: HMAC-SHA-384 in base64, 64 characters that all fit into bcrypt's 72 bytes and
   * hold no zero byte, so that every character of the password counts (CVE-2025-22228).
   */
  season(normalForm: string): string;
}

const pepper = (id: string, key: KeyObject): Pepper => ({
  id,
  season: (normalForm) => createHmac("sha384", key).update(normalForm, "utf8").digest("base64"),
});

/** @param secrets raw bytes (`config.passwordPeppers`), the one that makes new hashes first */
export const createPeppers = (secrets: readonly Buffer[]): Pepper[] =>
  secrets.map((secret) => pepper(pepperId(secret), createSecretKey(secret)));

export const pepperId = (secret: Buffer): string => secretId(secret).toString("hex");
