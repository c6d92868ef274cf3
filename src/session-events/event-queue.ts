/** What waits for one reader: pushed here, taken there, in order. */
export interface EventQueue<T> extends AsyncIterableIterator<T> {
  /** @returns false where there was no room: the reader is too slow */
  push(item: T): boolean;
  /** What was pushed can still be taken; nothing comes after it. */
  finish(): void;
  /** At once, also for a reader that is waiting. */
  return(): Promise<IteratorResult<T>>;
}

const done = { done: true, value: undefined } as const;

/**
 * No generator: what `return` of one that waits for its next item comes to is known only with that
 * item, and here it may never come.
 *
 * @param options.room items at most
 * @param options.onGone called once, when nobody reads any more
 */
export function createEventQueue<T>(options: { room: number; onGone(): void }): EventQueue<T> {
  const { room, onGone } = options;
  let items: T[] = [];
  let waiting: ((result: IteratorResult<T>) => void) | undefined;
  let finished = false;
  let gone = false;

  const answer = (result: IteratorResult<T>) => {
    waiting?.(result);
    waiting = undefined;
  };
  const leave = () => {
    if (!gone) onGone();
    gone = true;
    return done;
  };

  return {
    push(item) {
      if (finished) return true;
      if (waiting !== undefined) answer({ done: false, value: item });
      else items.push(item);
      return items.length <= room;
    },
    finish() {
      finished = true;
      if (waiting !== undefined) answer(leave());
    },
    async next() {
      const [item] = items.splice(0, 1);
      if (item !== undefined) return { done: false, value: item };
      if (finished) return leave();
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    async return() {
      items = [];
      finished = true;
      answer(done);
      return leave();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
