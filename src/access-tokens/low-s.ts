/**
 * SECURITY: whoever has an ECDSA signature (r, s) can write down another one of the same text,
 * (r, n − s). Only the one with the smaller s is ours, so that no change to a token leaves it good.
 * The order n of P-256: FIPS 186-5, SP 800-186 section 3.2.1.3.
 */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const numberBytes = 32;

const bytesOf = (value: bigint) =>
  Buffer.from(value.toString(16).padStart(2 * numberBytes, "0"), "hex");

const greatestLowS = bytesOf(order / 2n);

const sOf = (signature: Buffer) => signature.subarray(numberBytes);

const isLow = (signature: Buffer) => Buffer.compare(sOf(signature), greatestLowS) <= 0;

/** @param token with an ES256 signature */
export const hasLowS = (token: string): boolean =>
  isLow(Buffer.from(token.slice(token.lastIndexOf(".") + 1), "base64url"));

/** The same token, good for the same, with the smaller s. */
export function withLowS(token: string): string {
  const signatureAt = token.lastIndexOf(".") + 1;
  const signature = Buffer.from(token.slice(signatureAt), "base64url");
  if (isLow(signature)) return token;
  const s = BigInt(`0x${sOf(signature).toString("hex")}`);
  bytesOf(order - s).copy(sOf(signature));
  return token.slice(0, signatureAt) + signature.toString("base64url");
}
