import type { Clock } from "../clock.js";

/**
 * The users whose role changed lately: an access token that says another one is out of date, and its
 * client refreshes it.
 */
export interface ChangedRoles {
  set(userId: string, role: string): void;
  /** Before they are read anew: after a fail-over the database may have forgotten a change. */
  clear(): void;
  isOutdated(userId: string, role: string): boolean;
}

export function createChangedRoles(options: {
  clock: Clock;
  rememberSeconds: number;
}): ChangedRoles {
  const { clock, rememberSeconds } = options;
  /** The oldest come first. */
  const roles = new Map<string, { role: string; until: number }>();

  const forgetOld = () => {
    const now = clock.now();
    for (const [userId, { until }] of roles) {
      if (until > now) return;
      roles.delete(userId);
    }
  };

  return {
    set(userId, role) {
      forgetOld();
      roles.delete(userId);
      roles.set(userId, { role, until: clock.now() + rememberSeconds * 1000 });
    },
    clear: () => roles.clear(),
    isOutdated(userId, role) {
      const known = roles.get(userId);
      return known !== undefined && known.role !== role;
    },
  };
}
