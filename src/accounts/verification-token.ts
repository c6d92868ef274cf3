import { createHmac, timingSafeEqual } from "node:crypto";
import { type KeyRing, keyIdBytes } from "../secrets.js";

/**
 * What goes with a code to verifyEmail, so that only who registered (or who knows the password)
 * can finish: the mail alone is not enough. Nothing of it is stored; the MAC says that we made it.
 */
export type VerificationToken =
  /** A registration that waits; good for as long as that does. */
  | { kind: "registration"; id: string }
  /** An account that exists; worthless once its password has changed. */
  | { kind: "account"; id: string; passwordVersion: number; expiresAt: number };

export interface VerificationTokens {
  issue(token: VerificationToken): string;
  /** @param now milliseconds; undefined for what we did not make, and for what is over */
  open(text: string, now: number): VerificationToken | undefined;
}

const prefix = "gatev_";
const kinds = { registration: 1, account: 2 } as const;
const kindAt = keyIdBytes;
const idAt = kindAt + 1;
const passwordVersionAt = idAt + 16;
const expiresAtAt = passwordVersionAt + 4;
const macAt = expiresAtAt + 6;
const tokenBytes = macAt + 32;

const uuidText = (bytes: Buffer) =>
  bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

function read(bytes: Buffer): VerificationToken {
  const id = uuidText(bytes.subarray(idAt, passwordVersionAt));
  if (bytes.readUInt8(kindAt) === kinds.registration) return { kind: "registration", id };
  return {
    kind: "account",
    id,
    passwordVersion: bytes.readUInt32BE(passwordVersionAt),
    expiresAt: bytes.readUIntBE(expiresAtAt, 6),
  };
}

export function createVerificationTokens(keys: KeyRing): VerificationTokens {
  const mac = ({ key }: KeyRing["current"], bytes: Buffer) =>
    createHmac("sha256", key).update(bytes.subarray(0, macAt)).digest();

  return {
    issue(token) {
      const bytes = Buffer.alloc(tokenBytes);
      keys.current.id.copy(bytes, 0);
      bytes.writeUInt8(kinds[token.kind], kindAt);
      Buffer.from(token.id.replaceAll("-", ""), "hex").copy(bytes, idAt);
      if (token.kind === "account") {
        bytes.writeUInt32BE(token.passwordVersion, passwordVersionAt);
        bytes.writeUIntBE(Math.floor(token.expiresAt), expiresAtAt, 6);
      }
      mac(keys.current, bytes).copy(bytes, macAt);
      return prefix + bytes.toString("base64url");
    },

    open(text, now) {
      const encoded = text.slice(prefix.length);
      if (!text.startsWith(prefix) || !/^[A-Za-z0-9_-]{1,200}$/.test(encoded)) return undefined;
      const bytes = Buffer.from(encoded, "base64url");
      if (bytes.length !== tokenBytes || bytes.toString("base64url") !== encoded) return undefined;
      const key = keys.find(bytes.subarray(0, kindAt));
      if (key === undefined || !timingSafeEqual(mac(key, bytes), bytes.subarray(macAt)))
        return undefined;
      const token = read(bytes);
      return token.kind === "account" && token.expiresAt <= now ? undefined : token;
    },
  };
}
