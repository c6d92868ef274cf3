import { createHash } from "node:crypto";
import { badUserInput } from "../errors/auth-error.js";

const minLength = 16;
const maxLength = 128;

/**
 * What is stored of a retry key. It opens nothing without the token that it was sent with, so a
 * plain hash is enough; the session id keeps equal keys of different sessions apart.
 */
const hashRetryKey = (sessionId: string, key: string) =>
  createHash("sha256").update("gatehouse retry key v1\0").update(sessionId).update(key).digest();

/** @throws {AuthError} BAD_USER_INPUT: a retry key has 16 to 128 characters. */
function checkRetryKey(field: string, key: string): void {
  if (key.length < minLength) throw badUserInput({ field, code: "TOO_SHORT" });
  if (key.length > maxLength) throw badUserInput({ field, code: "TOO_LONG" });
}

/** The keys that a client sends with a token. */
export interface RetryKeys {
  retryKey?: string | null;
  previousRetryKey?: string | null;
}

/** @throws {AuthError} BAD_USER_INPUT that names the argument. */
export function checkRetryKeys(keys: RetryKeys): void {
  if (keys.retryKey != null) checkRetryKey("retryKey", keys.retryKey);
  if (keys.previousRetryKey != null) checkRetryKey("previousRetryKey", keys.previousRetryKey);
}

/** The hashes of what was sent; an absent key stays absent and matches nothing. */
export const hashRetryKeys = (sessionId: string, keys: RetryKeys) => ({
  retryKeyHash: keys.retryKey == null ? null : hashRetryKey(sessionId, keys.retryKey),
  previousRetryKeyHash:
    keys.previousRetryKey == null ? null : hashRetryKey(sessionId, keys.previousRetryKey),
});
