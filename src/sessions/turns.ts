import { overloaded } from "../errors/auth-error.js";

export interface TurnsOptions {
  /** How many works are under way at once. */
  most: number;
}

/** @throws {AuthError} OVERLOADED after `longestWaitMilliseconds`; the work is never begun then */
export type InTurn = <Result>(
  about: string,
  longestWaitMilliseconds: number,
  work: () => Promise<Result>,
) => Promise<Result>;

interface Waiting {
  about: string;
  begin(): void;
}

/** Work that may hold a connection for long: a few at once, and of what it is about one. */
export function takeTurns({ most }: TurnsOptions): InTurn {
  const underWay = new Set<string>();
  const waiting = new Set<Waiting>();

  function beginNext(): void {
    for (const next of waiting) {
      if (underWay.size >= most) return;
      if (!underWay.has(next.about)) next.begin();
    }
  }

  const turnOf = (about: string, longestWaitMilliseconds: number) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(own);
        reject(overloaded());
      }, longestWaitMilliseconds);
      const own: Waiting = {
        about,
        begin() {
          clearTimeout(timer);
          waiting.delete(own);
          underWay.add(about);
          resolve();
        },
      };
      waiting.add(own);
      beginNext();
    });

  return async (about, longestWaitMilliseconds, work) => {
    if (longestWaitMilliseconds <= 0) throw overloaded();
    await turnOf(about, longestWaitMilliseconds);
    try {
      return await work();
    } finally {
      underWay.delete(about);
      beginNext();
    }
  };
}
