import type { Pool } from "pg";
import type { Config } from "../config.js";
import { AuthError } from "../errors/auth-error.js";
import type { Metrics } from "../metrics/metrics.js";
import { keyRing } from "../secrets.js";
import type { LimitName } from "./limit-settings.js";
import { type Limiter, localLimiter, sharedLimiter, unlimited } from "./limiter.js";
import {
  createPasswordTries,
  type PasswordTries,
  uncountedPasswordTries,
} from "./password-tries.js";
import { createPlaces } from "./places.js";
import { createLimitStore, type LimitStore } from "./store.js";
import { createTriesInARow } from "./tries-in-a-row.js";

/** How often one may try, counted where it happens: a document that tries sixty times counts sixty. */
export interface Limits {
  passwords: PasswordTries;
  /** By `clientNetwork`. */
  codes: Limiter;
  registrations: Limiter;
  mails: Limiter;
  /** By mail address and `clientNetwork`. */
  mailPairs: Limiter;
  /** That an account is being guessed at is told once a day. */
  lockNotices: Limiter;
  /** By session, each on this replica alone. */
  refreshes: Pick<Limiter, "take">;
  replays: Pick<Limiter, "take">;
  /** By `clientNetwork`, on this replica alone. */
  refusedRefreshes: Pick<Limiter, "take">;
  giveBack: LimitStore["giveBack"];
}

type Settings = Pick<Config, "authSecrets" | "rateLimits" | "limits">;

const noLimits: Limits = {
  passwords: uncountedPasswordTries,
  codes: unlimited,
  registrations: unlimited,
  mails: unlimited,
  mailPairs: unlimited,
  lockNotices: unlimited,
  refreshes: unlimited,
  replays: unlimited,
  refusedRefreshes: unlimited,
  giveBack: async () => undefined,
};

const onceADay = [{ times: 1, seconds: 86_400 }];

export function openLimits(
  config: Settings,
  pool: Pool,
  { rateLimited }: Pick<Metrics, "rateLimited">,
): Limits {
  if (!config.rateLimits) return noLimits;
  const store = createLimitStore(pool, keyRing(config.authSecrets, "rateLimitMac"));
  const counted = <L extends Pick<Limiter, "take">>(limit: LimitName, limiter: L): L => ({
    ...limiter,
    take: (about) =>
      limiter.take(about).catch((error: unknown) => {
        if (error instanceof AuthError) rateLimited.count(limit);
        throw error;
      }),
  });
  const shared = (name: LimitName, { kept = false } = {}) =>
    counted(name, sharedLimiter(store, name, config.limits[name], { kept }));
  const local = (name: LimitName) => counted(name, localLimiter(name, config.limits[name]));
  return {
    passwords: createPasswordTries({
      store,
      places: createPlaces(store),
      inARow: createTriesInARow(store),
      pair: shared("LIMIT_PASSWORD_PAIR"),
      address: shared("LIMIT_PASSWORD_ADDRESS", { kept: true }),
      account: shared("LIMIT_PASSWORD_ACCOUNT"),
    }),
    codes: shared("LIMIT_CODE_ADDRESS", { kept: true }),
    registrations: shared("LIMIT_REGISTER", { kept: true }),
    mails: shared("LIMIT_MAIL_ADDRESS", { kept: true }),
    mailPairs: shared("LIMIT_MAIL_PAIR", { kept: true }),
    lockNotices: sharedLimiter(store, "lock-notice", onceADay, { kept: true }),
    refreshes: local("LIMIT_REFRESH"),
    replays: local("LIMIT_REPLAY"),
    refusedRefreshes: local("LIMIT_REFRESH_ADDRESS"),
    giveBack: store.giveBack,
  };
}
