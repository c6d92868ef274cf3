import { type DestinationStream, pino } from "pino";

/** Lines that wait for room, in bytes; beyond them the newest are lost. */
const longestBacklog = 1_000_000;

/**
 * Standard output, which may be a file on a full disk: the service goes on without a log, and writes
 * one again as soon as there is room.
 */
export function logDestination(): DestinationStream {
  const destination = pino.destination({ dest: 1, sync: false, maxLength: longestBacklog });
  let failing = false;
  destination.on("error", () => {
    failing = true;
  });
  destination.on("write", () => {
    failing = false;
  });
  const flushSync = destination.flushSync.bind(destination);
  // It tries for ever; at the end of the process that would be the end of nothing.
  destination.flushSync = () => {
    if (!failing) flushSync();
  };
  return destination;
}
