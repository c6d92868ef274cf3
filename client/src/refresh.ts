import { attempt, isRenewed, type Parts } from "./attempt.js";
import { elapsedMs, type Moment, moment } from "./clock.js";
import { GatehouseError } from "./errors.js";
import { isUsable, leadMs, remainingMs } from "./state.js";

/** How long callers wait through failures; the keeper itself never gives up. */
const patienceMs = 10_000;
const longestBackoffMs = 30_000;
/** However soon the service says. */
const shortestWaitSeconds = 0.2;

/** Not for what will be the same again (a refused origin, another schema): that is asked rarely. */
const isPassing = ({ code }: GatehouseError) => !/^(FORBIDDEN|BAD_USER_INPUT|GRAPHQL_)/.test(code);

/** `told`: the service said how long. */
function waitAfter(error: GatehouseError, failures: number): { ms: number; told: boolean } {
  const { retryAfter } = error.details as { retryAfter?: number };
  if (retryAfter !== undefined)
    return {
      ms: Math.max(retryAfter, shortestWaitSeconds) * 1000 * (1 + Math.random() / 10),
      told: true,
    };
  const doubled = isPassing(error) ? 500 * 2 ** failures : longestBackoffMs;
  return { ms: Math.min(doubled, longestBackoffMs) * (0.5 + Math.random() / 2), told: false };
}

/** Keeps the access token of one tab fresh: one refresh at a time, asked again until it is definite. */
export function createRefresher(parts: Parts) {
  const { alone, state } = parts;
  let running: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let stopped = false;
  let rest: { since: Moment; ms: number; told: boolean; error: GatehouseError } | undefined;

  const next = (ms: number) => {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => {
      rest = undefined;
      // A hidden page looks again when it is shown, or when it needs a token.
      if (!globalThis.document?.hidden) renew().catch(() => {});
    }, ms);
  };

  async function run(old: string | undefined): Promise<void> {
    const began = moment();
    for (;;) {
      try {
        await alone(() => attempt(parts, old));
        failures = 0;
        return;
      } catch (thrown) {
        const error = thrown as GatehouseError;
        const { ms, told } = waitAfter(error, failures++);
        state.failed(error);
        const offline = globalThis.navigator?.onLine === false;
        if (stopped || !isPassing(error) || offline || elapsedMs(began) + ms > patienceMs) {
          rest = { since: moment(), ms, told, error };
          next(ms);
          throw error;
        }
        await parts.pause(ms);
        if (stopped) throw error;
      }
    }
  }

  /**
   * One refresh for all who ask; at once where there is a token other than the old one. What asks
   * by itself keeps the rest after a failure; a person who waits does so only if the service said.
   */
  async function renew(old = state.held?.payload.accessToken, byItself = false): Promise<void> {
    if (isRenewed(state, old)) return;
    if (parts.cookie && typeof window === "undefined")
      throw new GatehouseError("NETWORK_ERROR", "Only a browser holds the cookie.");
    if (rest && (rest.told || byItself) && elapsedMs(rest.since) < rest.ms) throw rest.error;
    rest = undefined;
    running ??= run(old).finally(() => {
      running = undefined;
    });
    return running;
  }

  /** Plans the early refresh of the token, each tab at a moment of its own. */
  function plan(): void {
    const { held } = state;
    clearTimeout(timer);
    rest = undefined;
    if (held) next(Math.max(0, remainingMs(held) - leadMs(held) * (1 + Math.random())));
  }

  state.onEvent(plan);
  return {
    renew,
    plan,
    /** Whether a page that is shown again had better refresh now. */
    isDue: () => {
      const { held } = state;
      return !isUsable(held) || remainingMs(held) < leadMs(held);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
