import { createHmac, timingSafeEqual } from "node:crypto";
import { type KeyRing, keyIdBytes } from "../secrets.js";

/**
 * The form of a refresh token: `gate_` + base64url(version, key id, session id, generation, MAC).
 * Nothing of it is stored: the row of the session knows the generation, the MAC says that we made
 * it (HMAC-SHA-256, 256 bits: OWASP ASVS 7.2.3, 14.2.4). The prefix lets secret scanners and log
 * redaction find leaked tokens.
 */
export const refreshTokenPrefix = "gate_";

/** What a genuine token says. */
export interface RefreshToken {
  sessionId: string;
  generation: number;
}

export interface RefreshTokens {
  issue(token: RefreshToken): string;
  /** Undefined for whatever we did not make; needs no database. */
  open(text: string): RefreshToken | undefined;
}

const version = 1;
const sessionIdAt = 1 + keyIdBytes;
const generationAt = sessionIdAt + 16;
const macAt = generationAt + 8;
const tokenBytes = macAt + 32;
const textLength = refreshTokenPrefix.length + Math.ceil((tokenBytes * 4) / 3);
const shape = new RegExp(
  `^${refreshTokenPrefix}[A-Za-z0-9_-]{${textLength - refreshTokenPrefix.length}}$`,
);

export const looksLikeRefreshToken = (text: string) => text.startsWith(refreshTokenPrefix);

const uuidBytes = (uuid: string) => Buffer.from(uuid.replaceAll("-", ""), "hex");

const uuidText = (bytes: Buffer) =>
  bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

export function createRefreshTokens(keys: KeyRing): RefreshTokens {
  const mac = (key: KeyRing["current"], bytes: Buffer) =>
    createHmac("sha256", key.key).update(bytes.subarray(0, macAt)).digest();

  return {
    issue({ sessionId, generation }) {
      const bytes = Buffer.alloc(tokenBytes);
      bytes.writeUInt8(version, 0);
      keys.current.id.copy(bytes, 1);
      uuidBytes(sessionId).copy(bytes, sessionIdAt);
      bytes.writeBigUInt64BE(BigInt(generation), generationAt);
      mac(keys.current, bytes).copy(bytes, macAt);
      return refreshTokenPrefix + bytes.toString("base64url");
    },

    open(text) {
      if (text.length !== textLength || !shape.test(text)) return undefined;
      const bytes = Buffer.from(text.slice(refreshTokenPrefix.length), "base64url");
      // The last character carries bits that decode to nothing: only one spelling is genuine.
      if (bytes.toString("base64url") !== text.slice(refreshTokenPrefix.length)) return undefined;
      const key = keys.find(bytes.subarray(1, sessionIdAt));
      if (bytes.readUInt8(0) !== version || key === undefined) return undefined;
      if (!timingSafeEqual(mac(key, bytes), bytes.subarray(macAt))) return undefined;
      return {
        sessionId: uuidText(bytes.subarray(sessionIdAt, generationAt)),
        generation: Number(bytes.readBigUInt64BE(generationAt)),
      };
    },
  };
}
