import { createSecretKey, type KeyObject } from "node:crypto";
import type { PublicJwk } from "./jwk.js";

/** RFC 9068 section 2.1. */
const type = "at+jwt";

type Algorithm = "ES256" | "HS256";

export interface SigningHeader {
  alg: Algorithm;
  typ: typeof type;
  kid?: string;
}

export interface Signer {
  header: SigningHeader;
  key: KeyObject;
}

/** All keys that are good at a time; never changed, only replaced by another. */
export interface KeySet {
  algorithm: Algorithm;
  /** @param at by the database's clock, so that all replicas change keys at once */
  signerAt(at: Date): Signer;
  /**
   * SECURITY: a header is known to the letter or not at all. There is nothing in it to choose an
   * algorithm or to bring a key along with (RFC 8725 sections 3.1, 3.10, 3.11; CVE-2022-23540).
   *
   * @param header the first segment of a token, still encoded
   */
  verifierOf(header: string): KeyObject | undefined;
  jwks: readonly PublicJwk[];
}

const encode = (header: SigningHeader) => Buffer.from(JSON.stringify(header)).toString("base64url");

/** A key pair of ours. */
export interface ManagedKey {
  kid: string;
  signsFrom: Date;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: PublicJwk;
}

const headerOf = ({ kid }: ManagedKey): SigningHeader => ({ alg: "ES256", typ: type, kid });

/** @param keys at least one, the one that signs first in front */
export function managedKeySet(keys: readonly ManagedKey[]): KeySet {
  const verifiers = new Map(keys.map((key) => [encode(headerOf(key)), key.publicKey]));
  const signers = keys.map((key) => ({
    signsFrom: key.signsFrom,
    signer: { header: headerOf(key), key: key.privateKey },
  }));
  const [first] = signers;
  if (first === undefined) throw new TypeError("a key set needs at least one key");
  return {
    algorithm: "ES256",
    signerAt: (at) => (signers.findLast(({ signsFrom }) => signsFrom <= at) ?? first).signer,
    verifierOf: (header) => verifiers.get(header),
    jwks: keys.map(({ jwk }) => jwk),
  };
}

/** HS256 with ACCESS_TOKEN_SECRET: who can check a token can also make one; nothing to publish. */
export function sharedSecretKeySet(secret: Buffer): KeySet {
  const signer: Signer = { header: { alg: "HS256", typ: type }, key: createSecretKey(secret) };
  const only = encode(signer.header);
  return {
    algorithm: "HS256",
    signerAt: () => signer,
    verifierOf: (header) => (header === only ? signer.key : undefined),
    jwks: [],
  };
}
