import {
  type Presentation,
  type RotationState,
  rememberedRotations,
} from "../../../src/sessions/rotation.js";

const days = 86_400_000;
const idleMs = 30 * days;
const absoluteMs = 180 * days;

const hashes = new Map<string, Buffer>();

/** The model's hash of a key; one object per key, since the search makes millions of them. */
export function keyHash(key: string | undefined): Buffer | null {
  if (key === undefined) return null;
  const known = hashes.get(key) ?? Buffer.from(key);
  hashes.set(key, known);
  return known;
}

export const newRow = (now: number, transport: string): RotationState => ({
  generation: 0,
  rotatedAt: [],
  retryKeyHash: null,
  transport,
  expiresAt: new Date(now + idleMs),
  absoluteExpiresAt: new Date(now + absoluteMs),
  endedAt: null,
});

const isEqual = (a: Uint8Array | null, b: Uint8Array | null) =>
  a !== null && b !== null && Buffer.compare(a, b) === 0;

/**
 * What the UPDATE of src/sessions/refresh.ts does to a row, for `rotate` and `jump` alike;
 * test/sessions/rotation-sql.test.ts compares the two.
 */
export function applyRotation(
  row: RotationState,
  { generation, retryKeyHash }: Pick<Presentation, "generation" | "retryKeyHash">,
  now: Date,
): RotationState {
  const replaced = generation + 1 - row.generation;
  const places = Array.from({ length: Math.min(replaced, rememberedRotations) }, () => now);
  const idleUntil = new Date(now.getTime() + idleMs);
  return {
    ...row,
    generation: generation + 1,
    rotatedAt: [...places, ...row.rotatedAt].slice(0, rememberedRotations),
    retryKeyHash: isEqual(row.retryKeyHash, retryKeyHash) ? null : retryKeyHash,
    expiresAt: idleUntil < row.absoluteExpiresAt ? idleUntil : row.absoluteExpiresAt,
  };
}
