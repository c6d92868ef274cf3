import type { LimitStore } from "./store.js";

/** How long a place is remembered after the last sign-in from it. */
const knownSeconds = 90 * 86_400;

/** An account under the password that it has: with a new one, every place is a stranger again. */
export interface KnownAccount {
  id: string;
  passwordVersion: number;
}

/** From where an account was signed in to lately: whoever comes from there is not held up by strangers. */
export interface Places {
  knows(account: KnownAccount | undefined, network: string): Promise<boolean>;
  learn(account: KnownAccount, network: string): Promise<void>;
}

export function createPlaces(store: LimitStore): Places {
  const places = store.counter("place", { times: 1, seconds: knownSeconds }, false);
  const nameOf = (account: KnownAccount | undefined, network: string) =>
    store.nameOf(account?.id ?? "nobody", String(account?.passwordVersion), network);
  return {
    // SECURITY: looked for also where there is no account: the work stays equal.
    async knows(account, network) {
      return (await places.get(nameOf(account, network))) !== null;
    },
    async learn(account, network) {
      await places.set(nameOf(account, network), 1, knownSeconds);
    },
  };
}
