import type { Clock } from "../clock.js";

/**
 * The sessions whose access tokens may not have expired yet although the session is over. A bearer
 * check asks this list in memory, so what ends on a replica is dead there before the answer leaves.
 */
export interface EndedSessions {
  /** Only what is committed: a replica ends again what the database has forgotten. */
  add(sessionIds: Iterable<string>): void;
  has(sessionId: string): boolean;
  ids(): string[];
  /** False from the moment at which there was no room until what was left out does not matter. */
  isComplete(): boolean;
  readonly size: number;
}

/** A million take 100 MB (measured, node 20); beyond them every bearer check asks the database. */
const defaultRoom = 1_000_000;

export function createEndedSessions(options: {
  clock: Clock;
  rememberSeconds: number;
  /** Ids at most. */
  room?: number;
  /** Called for each that was not known before. */
  onAdded?: (sessionId: string) => void;
}): EndedSessions {
  const { clock, rememberSeconds, room = defaultRoom, onAdded } = options;
  /** Session id to the second at which it may be forgotten; the oldest come first. */
  const forgetAt = new Map<string, number>();
  let incompleteUntil = 0;
  // Whole seconds: V8 keeps a small integer in the map itself.
  const nowSeconds = () => Math.floor(clock.now() / 1000);

  const forgetOld = () => {
    const now = nowSeconds();
    for (const [id, at] of forgetAt) {
      if (at > now) return;
      forgetAt.delete(id);
    }
  };

  return {
    add(sessionIds) {
      forgetOld();
      const at = nowSeconds() + rememberSeconds;
      for (const id of sessionIds) {
        if (forgetAt.has(id)) continue;
        if (forgetAt.size < room) forgetAt.set(id, at);
        else incompleteUntil = at;
        onAdded?.(id);
      }
    },
    has: (sessionId) => forgetAt.has(sessionId),
    ids: () => [...forgetAt.keys()],
    isComplete: () => incompleteUntil === 0 || nowSeconds() >= incompleteUntil,
    get size() {
      forgetOld();
      return forgetAt.size;
    },
  };
}
