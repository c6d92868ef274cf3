interface Waking {
  /** Of the shared record. */
  name: string;
  shared: boolean;
  /** Another tab changed the record. */
  look(): unknown;
  /** The page is shown or online again. */
  wake(): unknown;
  /** The page goes away, perhaps to come back from the back/forward cache. */
  sleep(): void;
}

/** Listens to the page's life, where there is a page. Returns how to stop. */
export function onWake({ name, shared, look, wake, sleep }: Waking): () => void {
  if (typeof globalThis.addEventListener !== "function") return () => {};
  const stop = new AbortController();
  const { signal } = stop;
  const onVisible = () => document.hidden || wake();
  addEventListener("pageshow", wake, { signal });
  addEventListener("online", wake, { signal });
  addEventListener("pagehide", sleep, { signal });
  globalThis.document?.addEventListener("visibilitychange", onVisible, { signal });
  const onStorage = ({ key }: StorageEvent) => key === name && look();
  if (shared) addEventListener("storage", onStorage, { signal });
  return () => stop.abort();
}
