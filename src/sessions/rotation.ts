/**
 * What becomes of a presented refresh token: the table of docs/rotation.md as a pure function. That
 * page also says why each row is as it is; test/sessions/rotation.test.ts holds the rows,
 * rotation-guarantees.test.ts what they are worth.
 */

/** How many past rotations a session remembers; what has left the list counts as reuse. */
export const rememberedRotations = 8;

/** A fail-over loses seconds of writes; a token further ahead than this was not made in them. */
const maxGenerationsAhead = 10_000;

/** After this time whoever came late asks again with what its storage holds then. */
const lateRetryAfterSeconds = 2;

/** The session as the database has it, or had it at the moment of the read. */
export interface RotationState {
  /** Of the token that may be rotated next. */
  generation: number;
  /** `rotatedAt[i]`: when generation `generation - 1 - i` was replaced (rotated, or jumped over). */
  rotatedAt: readonly Date[];
  /** Null: the last rotation came without a retry key. */
  retryKeyHash: Uint8Array | null;
  transport: string;
  expiresAt: Date;
  absoluteExpiresAt: Date;
  endedAt: Date | null;
}

/** The token with what came along. Its MAC has been checked. */
export interface Presentation {
  generation: number;
  transport: string;
  retryKeyHash: Uint8Array | null;
  previousRetryKeyHash: Uint8Array | null;
}

export interface RotationWindows {
  tabWindowSeconds: number;
  lateWindowSeconds: number;
}

/** Why a token was refused: for the log; the client sees one wording. */
export type RefusalReason = "ENDED" | "EXPIRED" | "WRONG_TRANSPORT" | "IMPOSSIBLE_GENERATION";

export type RotationDecision =
  /** The stored generation was presented: rotate it. */
  | { kind: "rotate" }
  /** The database lost its last writes: go on after the presented generation. */
  | { kind: "jump" }
  /** An answer was lost, or a second tab asks: the current token again. */
  | { kind: "replay"; by: "retry-key" | "tab-window" }
  /** Overtaken on the way: nothing is decided, ask again. */
  | { kind: "late"; retryAfterSeconds: number }
  /** Somebody else holds a copy: end the session. */
  | { kind: "reuse" }
  | { kind: "refuse"; reason: RefusalReason };

const same = (a: Uint8Array, b: Uint8Array | null) => b !== null && Buffer.compare(a, b) === 0;

/** Seconds since generation `g - 1 - index` was replaced; Infinity when that has been forgotten. */
function secondsSince(state: RotationState, index: number, now: Date): number {
  const at = state.rotatedAt[index];
  return at === undefined ? Number.POSITIVE_INFINITY : (now.getTime() - at.getTime()) / 1000;
}

function replay(
  state: RotationState,
  presented: Presentation,
  now: Date,
  tabWindowSeconds: number,
): RotationDecision | undefined {
  const { retryKeyHash } = state;
  if (retryKeyHash === null)
    return secondsSince(state, 0, now) < tabWindowSeconds
      ? { kind: "replay", by: "tab-window" }
      : undefined;
  const matches =
    same(retryKeyHash, presented.retryKeyHash) ||
    same(retryKeyHash, presented.previousRetryKeyHash);
  return matches ? { kind: "replay", by: "retry-key" } : undefined;
}

/**
 * A generation that was replaced. Its right to a replay ends when it is more than one behind, at
 * the rotation of its successor; the late window counts from there and never moves.
 */
function behind(
  state: RotationState,
  presented: Presentation,
  now: Date,
  windows: RotationWindows,
): RotationDecision {
  const steps = state.generation - presented.generation;
  const answeredAgain =
    steps === 1 ? replay(state, presented, now, windows.tabWindowSeconds) : undefined;
  if (answeredAgain !== undefined) return answeredAgain;
  const sinceRightWasLost = secondsSince(state, steps === 1 ? 0 : steps - 2, now);
  return sinceRightWasLost < windows.lateWindowSeconds
    ? { kind: "late", retryAfterSeconds: lateRetryAfterSeconds }
    : { kind: "reuse" };
}

/** @param now by the database's clock, the only one that decides. */
export function decideRotation(
  state: RotationState,
  presented: Presentation,
  now: Date,
  windows: RotationWindows,
): RotationDecision {
  const ahead = presented.generation - state.generation;
  if (state.endedAt !== null) return { kind: "refuse", reason: "ENDED" };
  if (state.expiresAt <= now || state.absoluteExpiresAt <= now)
    return { kind: "refuse", reason: "EXPIRED" };
  if (state.transport !== presented.transport) return { kind: "refuse", reason: "WRONG_TRANSPORT" };
  if (ahead > maxGenerationsAhead) return { kind: "refuse", reason: "IMPOSSIBLE_GENERATION" };
  if (ahead === 0) return { kind: "rotate" };
  if (ahead > 0) return { kind: "jump" };
  return behind(state, presented, now, windows);
}
