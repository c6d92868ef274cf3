/** Why a WebSocket is closed: RFC 6455 section 7.4, and 4xxx of graphql-transport-ws. */
export interface CloseReason {
  code: number;
  /** At most 123 bytes. */
  reason: string;
}

const because = (code: number, reason: string): CloseReason => ({ code, reason });

/** The table of docs/session-events.md; a test compares them. */
export const closeReasons = {
  missing: because(4401, "UNAUTHENTICATED: MISSING"),
  expired: because(4403, "UNAUTHENTICATED: EXPIRED"),
  invalid: because(4403, "UNAUTHENTICATED: INVALID"),
  sessionEnded: because(4403, "UNAUTHENTICATED: SESSION_ENDED"),
  tooManyConnections: because(1013, "RATE_LIMITED"),
  overloaded: because(1013, "OVERLOADED"),
  missed: because(1012, "Events may have been missed"),
  goingAway: because(1001, "Going away"),
  tooManyMessages: because(4429, "Too many messages"),
  malformed: because(4400, "Invalid message received"),
  fault: because(1011, "INTERNAL_SERVER_ERROR"),
} as const satisfies Record<string, CloseReason>;
