import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { limitNames } from "../limits/limit-settings.js";
import { SessionEventKind } from "../session-events/session-event-kind.js";

export type Metrics = ReturnType<typeof createMetrics>;

const rotationDecisions = [
  "rotate",
  "replay-by-retry-key",
  "replay-by-tab-window",
  "late",
  "jump",
  "reuse",
  "refuse",
] as const;

/** Most operations take milliseconds, those that hash a password a second. */
const operationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * What is counted for operators, one set for each service: docs/operations.md says what each is
 * for. Labels take few values, all of them our own: never a name that a client sent.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];

  /** All its series are there from the start: the first event of a new one is no increase. */
  function counterBy<const Value extends string>(
    label: string,
    values: readonly Value[],
    about: { name: string; help: string },
  ) {
    const counter = new Counter({ ...about, labelNames: [label], registers });
    for (const value of values) counter.inc({ [label]: value }, 0);
    return { count: (value: Value) => counter.inc({ [label]: value }) };
  }

  return {
    registry,

    /** A figure that is read when somebody looks. */
    watch: (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      }),

    /** Likewise, of a figure that only grows. */
    watchTotal: (name: string, help: string, read: () => number) =>
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      }),

    operations: new Counter({
      name: "gatehouse_operations_total",
      help: "Root fields that were executed, by their name and ok or the error code",
      labelNames: ["operation", "outcome"],
      registers,
    }),

    operationSeconds: new Histogram({
      name: "gatehouse_operation_seconds",
      help: "From the parsed request to the answer, by root field",
      labelNames: ["operation"],
      buckets: operationBuckets,
      registers,
    }),

    rotations: counterBy("decision", rotationDecisions, {
      name: "gatehouse_rotations_total",
      help: "Refresh tokens that were presented, by what was decided",
    }),

    rateLimited: counterBy("limit", limitNames, {
      name: "gatehouse_rate_limited_total",
      help: "Tries that a limit has refused, by its setting",
    }),

    mails: counterBy("outcome", ["sent", "delayed", "given_up"], {
      name: "gatehouse_mails_total",
      help: "Tries to send a mail, by what came of it: sent, delayed (to be tried again) or given_up",
    }),

    sessionEvents: counterBy("kind", Object.values(SessionEventKind), {
      name: "gatehouse_session_events_total",
      help: "Events that were delivered to streams of this replica, by kind",
    }),

    bearerChecksAsked: new Counter({
      name: "gatehouse_bearer_checks_asked_total",
      help: "Bearer checks that had to ask the database because the replica was deaf",
      registers,
    }),
  };
}
