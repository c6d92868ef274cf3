import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Ask, noAnswer, type Reply } from "./ask.js";
import type { AuthView } from "./client.js";
import { recordSecret } from "./issued-secrets.js";

/** One request of a client and what came of it. */
export interface JournalEntry {
  sessionId: string;
  presented: string;
  retryKey: string;
  outcome: string;
  /** The refresh token of the answer. */
  received: string | undefined;
  milliseconds: number;
}

/** A client that keeps the client rules of docs/rotation.md. */
export interface HonestClient {
  readonly sessionId: string;
  /** How often its token had been rotated when it last heard of it. */
  readonly rotations: number;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly signedOut: boolean;
  /** Asks once. */
  refresh(ask?: Ask): Promise<Reply>;
  /** Asks until there is an answer that is not "come again", as long as it takes. */
  refreshAtLast(ask?: Ask): Promise<void>;
}

const pauseMilliseconds = 100;
/** Rotations of each session whose secrets are looked for in the database: a soak makes a million. */
const lookedFor = 3;

const newRetryKey = () => randomBytes(16).toString("base64url");

export function honestClient(
  defaultAsk: Ask,
  auth: AuthView,
  journal: JournalEntry[],
): HonestClient {
  const sessionId = auth.session.id;
  let { accessToken, refreshToken } = auth as AuthView & { refreshToken: string };
  let { rotations } = auth.session;
  let signedOut = false;
  /** Of the current token: made before it is first sent, and kept until it is answered. */
  let retryKey = newRetryKey();
  let previousRetryKey: string | null = null;

  const take = (renewed: AuthView & { refreshToken: string }) => {
    ({ accessToken, refreshToken } = renewed);
    rotations = renewed.session.rotations;
    if (rotations <= lookedFor)
      for (const secret of [accessToken, refreshToken, retryKey]) recordSecret(secret);
    previousRetryKey = retryKey;
    retryKey = newRetryKey();
  };

  const refresh = async (ask = defaultAsk) => {
    const began = performance.now();
    const presented = { sessionId, presented: refreshToken, retryKey };
    const reply = await ask("refreshToken", { refreshToken, retryKey, previousRetryKey });
    const renewed = reply.data?.refreshToken;
    const received = renewed?.refreshToken;
    const milliseconds = performance.now() - began;
    journal.push({ ...presented, outcome: reply.outcome, received, milliseconds });
    if (renewed) take(renewed);
    signedOut ||= reply.outcome === "INVALID_REFRESH_TOKEN";
    return reply;
  };

  return {
    sessionId,
    get rotations() {
      return rotations;
    },
    get accessToken() {
      return accessToken;
    },
    get refreshToken() {
      return refreshToken;
    },
    get signedOut() {
      return signedOut;
    },
    refresh,
    async refreshAtLast(ask = defaultAsk) {
      for (;;) {
        const { outcome } = await refresh(ask);
        if (outcome !== "OVERLOADED" && outcome !== noAnswer) return;
        await sleep(pauseMilliseconds);
      }
    },
  };
}
