import type { Services } from "../services.js";

/** What the parts of the service say of themselves when somebody looks. */
export function watchServices({
  metrics,
  pool,
  rotations,
  passwords,
  revocation,
  sessionEvents,
}: Services): void {
  const { watch, watchTotal } = metrics;
  const { feed, endedSessions } = revocation;

  watch("gatehouse_pool_connections", "Connections to PostgreSQL", () => pool.totalCount);
  watch("gatehouse_pool_idle", "Connections that nobody uses", () => pool.idleCount);
  watch("gatehouse_pool_waiting", "Requests that wait for a connection", () => pool.waitingCount);
  watch("gatehouse_rotations_waiting", "Rotations that wait for a statement", rotations.waiting);

  watch("gatehouse_hash_running", "Password hashes in work", () => passwords.load().running);
  watch("gatehouse_hash_queued", "Password hashes that wait", () => passwords.load().queued);

  watch("gatehouse_feed_hearing", "1 while all that ended is known here, 0 while deaf", () =>
    Number(revocation.isHearing()),
  );
  watch("gatehouse_feed_lag_seconds", "How long the last heartbeat took", feed.lagSeconds);
  watchTotal(
    "gatehouse_feed_lost_total",
    "Listening connections lost so far",
    feed.lostConnections,
  );
  watch(
    "gatehouse_ended_sessions",
    "Ended sessions in memory whose access tokens may be alive",
    () => endedSessions.size,
  );

  watch("gatehouse_event_streams", "Streams of session events open", sessionEvents.streams);
}
