import { AuthError } from "../errors/auth-error.js";
import { clientNetwork } from "./client-network.js";
import type { Limiter } from "./limiter.js";
import type { KnownAccount, Places } from "./places.js";
import type { LimitStore } from "./store.js";
import type { TriesInARow } from "./tries-in-a-row.js";

/** Whose password is tried, and from where. */
export interface PasswordTry {
  /** Undefined where nobody has the name. */
  account: KnownAccount | undefined;
  /** What was typed; counts where there is no account. */
  name: string;
  ip: string | null;
  /** Of a caller who is signed in: strangers do not hold them up. */
  sessionId?: string;
  /** Told, once or more, when strangers can try no more: the owner should hear of it. */
  onHeldBack(): void;
}

export interface PasswordTries {
  /**
   * Counts the try, lets it be checked, and takes it back where the password is right.
   *
   * @param check SECURITY: with `mayOpen` false, does the same work and finds no password right:
   *   more than 100 wrong ones in a row, and none opens the account from there until it is reset
   * @throws {AuthError} RATE_LIMITED, before anything is checked
   */
  check<Verdict extends { matches: boolean }>(
    tried: PasswordTry,
    check: (mayOpen: boolean) => Promise<Verdict>,
  ): Promise<Verdict>;
  /** The account's owner has just been let in, or has set a new password, from there. */
  trust(account: KnownAccount, ip: string | null): Promise<void>;
}

export interface PasswordLimits {
  store: LimitStore;
  places: Places;
  inARow: TriesInARow;
  pair: Limiter;
  address: Limiter;
  account: Limiter;
}

interface Taken {
  /** Others count there too: this one try is taken back. */
  shared: string[];
  /** Whoever knows the password has no wrong tries any more. */
  own: string[];
  mayOpen: boolean;
}

const pairOf = (id: string, place: string) => `${id}\0${place}`;

export function createPasswordTries(limits: PasswordLimits): PasswordTries {
  const { store, places, inARow, pair, address, account } = limits;

  /** Gives back what is in `taken` should the next one be refused. */
  async function take(limiter: Limiter, about: string, taken: readonly string[]) {
    return limiter.take(about).catch(async (error: unknown) => {
      await store.giveBack(taken);
      throw error;
    });
  }

  async function takeAll(tried: PasswordTry): Promise<Taken> {
    const network = clientNetwork(tried.ip);
    const id = tried.account?.id ?? tried.name;
    const shared = await take(address, network, []);
    const own = await take(pair, pairOf(id, tried.sessionId ?? network), shared);
    const known = tried.sessionId !== undefined || (await places.knows(tried.account, network));
    if (!known) {
      const strangers = take(account, id, [...shared, ...own]);
      strangers.catch((error: unknown) => {
        if (error instanceof AuthError) tried.onHeldBack();
      });
      shared.push(...(await strangers));
    }
    const exists = tried.account !== undefined;
    const row = await inARow.take(known ? "known" : "stranger", { id, exists });
    if (!row.allowed) tried.onHeldBack();
    return { shared, own: [...own, ...row.keys], mayOpen: row.allowed };
  }

  async function forgive({ shared, own }: Taken, { account, ip }: PasswordTry): Promise<void> {
    const ended = account === undefined ? own : [...own, ...inARow.keysOf(account.id)];
    await Promise.all([
      store.giveBack(shared),
      store.forget(ended),
      account && places.learn(account, clientNetwork(ip)),
    ]);
  }

  return {
    async check(tried, check) {
      const taken = await takeAll(tried);
      const verdict = await check(taken.mayOpen).catch(async (error: unknown) => {
        await store.giveBack([...taken.shared, ...taken.own]);
        throw error;
      });
      if (verdict.matches) await forgive(taken, tried);
      return verdict;
    },

    async trust(account, ip) {
      const network = clientNetwork(ip);
      const own = pair.keysOf(pairOf(account.id, network));
      await store.forget([...own, ...inARow.keysOf(account.id)]);
      await places.learn(account, network);
    },
  };
}

/** With RATE_LIMITS=off. */
export const uncountedPasswordTries: PasswordTries = {
  check: (_tried, check) => check(true),
  trust: async () => undefined,
};
