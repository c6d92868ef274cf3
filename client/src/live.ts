import type { Auth } from "./auth.js";

/** What one keeper's stream of session events tells whoever shows sessions. */
export interface Live {
  /** True while what happens is told; otherwise one has to ask now and then. */
  isOpen: boolean;
  listeners: Set<() => void>;
}

const lives = new WeakMap<Auth, Live>();

/** One for each keeper, whether anybody opens the stream or not. */
export function liveOf(auth: Auth): Live {
  const live = lives.get(auth) ?? { isOpen: false, listeners: new Set() };
  lives.set(auth, live);
  return live;
}
