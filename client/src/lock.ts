import { getItem, setItem } from "./local-storage.js";

/** How long anybody waits for a tab that holds the lock and does not come back. */
const deadlineMs = 5000;
/**
 * Time for another tab's write to become visible, with jitter so that two do not keep step. Browsers
 * carry it from process to process; on a machine at its limit 50 ms were not enough.
 */
const settleMs = () => 100 + Math.random() * 100;

const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Runs one piece of work at a time. */
export type Alone = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * One at a time, among all tabs where they share storage. It saves requests; it is not what keeps
 * people signed in (the shared retry key is), so whoever has waited long enough goes ahead.
 */
export function createLock(name: string, shared: boolean): Alone {
  if (!shared) return queue();
  return globalThis.navigator?.locks
    ? (work) => withWebLock(name, work)
    : (work) => withLease(`${name}:lease`, work);
}

function queue(): Alone {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

function withWebLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let started = false;
    const run = async () => {
      if (started) return;
      started = true;
      clearTimeout(timer);
      await work().then(resolve, reject);
    };
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), deadlineMs);
    navigator.locks
      .request(name, { signal: giveUp.signal }, run)
      // The holder is stuck: the lock is taken from it, or every other tab would wait as long.
      .catch(() => (started ? undefined : navigator.locks.request(name, { steal: true }, run)))
      // Taken from us in turn, or refused altogether: the work goes on without.
      .catch(run);
  });
}

/** For pages without Web Locks (plain http on a LAN address): a name and a time in localStorage. */
async function withLease<T>(key: string, work: () => Promise<T>): Promise<T> {
  const mine = Math.random().toString(36).slice(2);
  const isMine = () => getItem(key)?.startsWith(mine);
  const waitUntilMs = performance.now() + deadlineMs;
  while (performance.now() < waitUntilMs) {
    if (isFree(getItem(key))) {
      setItem(key, `${mine} ${Date.now() + deadlineMs}`);
      await sleep(settleMs());
      if (isMine()) break;
    }
    await sleep(settleMs());
  }
  try {
    return await work();
  } finally {
    if (isMine()) setItem(key, "");
  }
}

/** A time further off than any lease lasts was written under another clock. */
function isFree(lease: string | null): boolean {
  const leftMs = Number(lease?.split(" ")[1] ?? 0) - Date.now();
  return leftMs <= 0 || leftMs > deadlineMs;
}
