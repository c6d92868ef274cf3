import { randomBytes } from "node:crypto";
import type { Pool } from "pg";

const everyMilliseconds = 1000;
/** Two beats missed in a row. */
const deafAfterMilliseconds = 2000;

/** No disk is waited for: a beat that is lost is just not heard. */
const beatStatement = {
  name: "revocation-heartbeat",
  text: "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)",
};

/**
 * Proves again and again that what is committed through the pool arrives at the listener, so both
 * are on the same primary. PostgreSQL delivers in the order of the commits: with a beat, everything
 * has been heard that was committed before the beat was sent.
 */
export interface Heartbeat {
  /** Where the listener receives our own beats. */
  channel: string;
  receive(payload: string): void;
  /** The listener is ready for beats; the first is sent at once. */
  restart(): void;
  /** Nothing was heard yet, or the connection is gone. */
  silence(): void;
  isHeard(): boolean;
  /** How long the last beat took, in seconds. */
  lagSeconds(): number;
  /** Why the last beat could not be sent, if it could not. */
  fault(): Error | undefined;
  stop(): Promise<void>;
}

/** @param onUnheard a beat was committed, but did not arrive: the listener is cut off */
export function startHeartbeat(options: { pool: Pool; onUnheard: () => void }): Heartbeat {
  const { pool, onUnheard } = options;
  const channel = `gatehouse_heartbeat_${randomBytes(8).toString("hex")}`;
  /** All by the monotonic clock, in milliseconds: a step of the wall clock must not deafen us. */
  const sentAt = new Map<number, number>();
  const sending = new Set<Promise<void>>();
  let beats = 0;
  let heardUntil = Number.NEGATIVE_INFINITY;
  let unheardSince: number | undefined;
  let awaited = false;
  let lagSeconds = 0;
  let fault: Error | undefined;

  const send = async (beat: number) => {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      // From here on, not from the request to the pool: a busy pool is no sign of deafness.
      sentAt.set(beat, performance.now());
      await client.query({ ...beatStatement, values: [channel, String(beat)] });
      fault = undefined;
      if (awaited && sentAt.has(beat)) unheardSince ??= performance.now();
    } catch (error) {
      broken = error as Error;
      fault = broken;
      sentAt.delete(beat);
    } finally {
      client.release(broken);
    }
  };

  const tick = () => {
    if (unheardSince !== undefined && performance.now() - unheardSince > deafAfterMilliseconds) {
      unheardSince = undefined;
      onUnheard();
    }
    // One that hangs on a dead connection must not hold up the next.
    if (sending.size > 3) return;
    const sent: Promise<void> = send(++beats)
      .catch(() => undefined)
      .finally(() => sending.delete(sent));
    sending.add(sent);
  };
  const timer = setInterval(tick, everyMilliseconds).unref();

  return {
    channel,
    receive(payload) {
      const beat = Number(payload);
      const sent = sentAt.get(beat);
      if (sent === undefined) return;
      for (const older of sentAt.keys()) if (older <= beat) sentAt.delete(older);
      unheardSince = undefined;
      lagSeconds = (performance.now() - sent) / 1000;
      heardUntil = Math.max(heardUntil, sent + deafAfterMilliseconds);
    },
    restart() {
      awaited = true;
      tick();
    },
    silence() {
      awaited = false;
      heardUntil = Number.NEGATIVE_INFINITY;
      unheardSince = undefined;
      sentAt.clear();
    },
    isHeard: () => performance.now() < heardUntil,
    lagSeconds: () => lagSeconds,
    fault: () => fault,
    async stop() {
      clearInterval(timer);
      await Promise.all(sending);
    },
  };
}
