/** `localStorage`, where there is one and it may be used. */
export function browserStorage(): Storage | undefined {
  try {
    return globalThis.localStorage ?? undefined;
  } catch {
    return undefined;
  }
}

/** For hints and leases, which are worth no failure. */
export function setItem(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Full, or forbidden meanwhile: as if nobody had written.
  }
}

export const getItem = (key: string): string | null => browserStorage()?.getItem(key) ?? null;
