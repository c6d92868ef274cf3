import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import type { Log } from "../log.js";
import type { SessionEvents } from "../session-events/session-events.js";
import { endAgain } from "./end-again.js";
import { type Heartbeat, startHeartbeat } from "./heartbeat.js";
import { type Listener, openListener } from "./listener.js";
import { loadRevocations, type RevocationMemory } from "./load.js";

const firstPauseMilliseconds = 100;
const longestPauseMilliseconds = 2000;
/** A connection that held this long was good: the next trouble is a new one. */
const goodAfterMilliseconds = 10_000;

export interface Feed {
  /**
   * True while all that ended, wherever it did, is known here. False: deaf, and every bearer check
   * asks the database.
   */
  isHearing(): boolean;
  /** Resolves when it has read for the first time what ended; rejects with why it cannot. */
  firstLoaded: Promise<void>;
  /** Resolves when it hears for the first time. */
  firstHeard: Promise<void>;
  /** How long the last heartbeat took from the pool to the listener, in seconds. */
  lagSeconds(): number;
  /** Why the last heartbeat could not be sent, if it could not. */
  heartbeatFault(): Error | undefined;
  /** Connections of the listener that were lost so far. */
  lostConnections(): number;
  stop(): Promise<void>;
}

export interface FeedOptions {
  /** For the listener. */
  url: string;
  pool: Pool;
  memory: RevocationMemory;
  rememberSeconds: number;
  /** What else comes by the same connection, for whoever is connected here. */
  events: Pick<SessionEvents, "announce" | "missed">;
  log: Log;
}

/** "id role" as the trigger writes it. */
function setRole({ changedRoles }: RevocationMemory, payload: string): void {
  const [userId = "", role = ""] = payload.split(" ");
  changedRoles.set(userId, role);
}

/** Keeps what this replica remembers in step with the database. Never ends by itself. */
export function startFeed(options: FeedOptions): Feed {
  const { url, pool, memory, rememberSeconds, events, log } = options;
  const { endedSessions } = memory;
  let listener: Listener | undefined;
  let loaded = false;
  let lostConnections = 0;
  const stopping = new AbortController();
  let load: () => void = () => undefined;
  let giveUp: (why: Error) => void = () => undefined;
  const firstLoaded = new Promise<void>((resolve, reject) => {
    load = resolve;
    giveUp = reject;
  });
  let hear: () => void = () => undefined;
  const firstHeard = new Promise<void>((resolve) => {
    hear = resolve;
  });

  const heartbeat: Heartbeat = startHeartbeat({ pool, onUnheard: () => listener?.destroy() });
  const deafen = () => {
    loaded = false;
    heartbeat.silence();
  };
  const handlers = {
    gatehouse_session_ended: (id: string) => endedSessions.add([id]),
    gatehouse_role_changed: (payload: string) => setRole(memory, payload),
    gatehouse_session_event: events.announce,
    [heartbeat.channel]: (payload: string) => {
      heartbeat.receive(payload);
      if (loaded) hear();
    },
  };

  /** Listens before it loads: what ends in between is known twice, not never. */
  const catchUp = async ({ client }: Listener) => {
    const remembered = endedSessions.ids();
    await loadRevocations(client, memory, rememberSeconds);
    const sessionIds = await endAgain(client, remembered);
    if (sessionIds.length > 0)
      log.warn({ event: "sessions_ended_again", sessionIds }, "the database had forgotten endings");
    loaded = true;
    load();
    // What was announced while nobody listened; at the first time nobody is connected yet.
    events.missed();
    heartbeat.restart();
  };

  /** The life of one connection. */
  const listen = async () => {
    listener = await openListener({ url, handlers, onLost: deafen });
    try {
      if (stopping.signal.aborted) return;
      await catchUp(listener);
      log.info({ event: "feed_listening" }, "hearing of ended sessions");
      const reason = await listener.lost;
      if (!stopping.signal.aborted) log.warn({ event: "feed_lost", reason }, "deaf to revocations");
    } finally {
      listener.destroy();
      deafen();
      lostConnections++;
    }
  };

  const run = async () => {
    let pause = firstPauseMilliseconds;
    while (!stopping.signal.aborted) {
      const began = performance.now();
      await listen().catch((error: Error) => {
        giveUp(error);
        log.warn({ event: "feed_failed", err: error }, "deaf to revocations");
      });
      if (performance.now() - began > goodAfterMilliseconds) pause = firstPauseMilliseconds;
      await sleep(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      pause = Math.min(pause * 2, longestPauseMilliseconds);
    }
  };
  const running = run();

  return {
    isHearing: () => loaded && heartbeat.isHeard() && endedSessions.isComplete(),
    firstLoaded,
    firstHeard,
    lagSeconds: heartbeat.lagSeconds,
    heartbeatFault: heartbeat.fault,
    lostConnections: () => lostConnections,
    async stop() {
      stopping.abort();
      listener?.destroy();
      await Promise.all([running, heartbeat.stop()]);
    },
  };
}
