import { seal, unseal } from "../sealed.js";
import { type KeyRing, keyIdBytes } from "../secrets.js";

/** The key's id and the sealed JSON of a value; opens in the row `id` alone. */
export const sealValue = ({ current }: KeyRing, id: string, value: unknown): Buffer =>
  Buffer.concat([current.id, seal(current, id, Buffer.from(JSON.stringify(value)))]);

/** @returns undefined for what none of our keys has sealed for this row */
export function unsealValue<T>(keys: KeyRing, id: string, sealed: Buffer): T | undefined {
  const key = keys.find(sealed.subarray(0, keyIdBytes));
  const plain = key && unseal(key, id, sealed.subarray(keyIdBytes));
  return plain && JSON.parse(plain.toString());
}
