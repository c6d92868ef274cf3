import type { Pool } from "pg";
import { deferred } from "../deferred.js";
import type { Log } from "../log.js";
import type { SessionEvents } from "../session-events/session-events.js";
import { endAgain } from "./end-again.js";
import { type Heartbeat, startHeartbeat } from "./heartbeat.js";
import { type Listener, openListener } from "./listener.js";
import { loadRevocations, type RevocationMemory } from "./load.js";
import { repeat } from "./repeat.js";

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
  const firstLoaded = deferred();
  const firstHeard = deferred();

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
      if (loaded) firstHeard.resolve();
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
    firstLoaded.resolve();
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

  const running = repeat(stopping.signal, () =>
    listen().catch((error: Error) => {
      firstLoaded.reject(error);
      log.warn({ event: "feed_failed", err: error }, "deaf to revocations");
    }),
  );

  return {
    isHearing: () => loaded && heartbeat.isHeard() && endedSessions.isComplete(),
    firstLoaded: firstLoaded.promise,
    firstHeard: firstHeard.promise,
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
