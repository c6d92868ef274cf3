import { createHash, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/**
 * Everything that `AUTH_SECRET` is good for, one HKDF (RFC 5869) `info` each: a key that leaks in
 * one place opens nothing in another.
 */
const purposes = {
  refreshTokenMac: "gatehouse refresh-token mac v1",
  signingKeyEncryption: "gatehouse signing-key encryption v1",
  emailCodeMac: "gatehouse email-code mac v1",
  verificationTokenMac: "gatehouse verification-token mac v1",
  rateLimitMac: "gatehouse rate-limit mac v1",
  mailEncryption: "gatehouse mail encryption v1",
} as const;

export type Purpose = keyof typeof purposes;

/** Bytes of a key id: a hash of the secret, so that the order of the list may change. */
export const keyIdBytes = 4;

export interface DerivedKey {
  /** `keyIdBytes` bytes that name the secret, not its place in the list. */
  readonly id: Buffer;
  /** 256 bits, made once: node checks a raw Buffer anew on every use. */
  readonly key: KeyObject;
}

/** The keys of one purpose: the first secret's makes new things, all of them are accepted. */
export interface KeyRing {
  readonly current: DerivedKey;
  find(id: Uint8Array): DerivedKey | undefined;
}

export const secretId = (secret: Buffer): Buffer =>
  createHash("sha256")
    .update("gatehouse secret id v1")
    .update(secret)
    .digest()
    .subarray(0, keyIdBytes);

const derive = (secret: Buffer, purpose: Purpose): DerivedKey => ({
  id: secretId(secret),
  key: createSecretKey(Buffer.from(hkdfSync("sha256", secret, "", purposes[purpose], 32))),
});

/** `secrets`: raw bytes, the one that makes new things first (`config.authSecrets`). */
export function keyRing(secrets: readonly Buffer[], purpose: Purpose): KeyRing {
  const keys = secrets.map((secret) => derive(secret, purpose));
  const current = keys[0];
  if (current === undefined) throw new TypeError("a key ring needs at least one secret");
  return { current, find: (id) => keys.find((key) => key.id.equals(id)) };
}
