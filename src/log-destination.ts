import { type DestinationStream, pino } from "pino";

/** Bytes that are written together: under load a write for each line is a twentieth of its request. */
const gathered = 4_096;
/** A line of a quiet service is not gathered longer. */
const longestGatheringMilliseconds = 100;

/** Lines that wait for room, in bytes; beyond them the newest are lost. */
const longestBacklog = 1_000_000;

/**
 * Standard output, if nothing else is said, which may be a file on a full disk: the service goes on without a log, and writes
 * one again as soon as there is room.
 */
export function logDestination(descriptor = 1): DestinationStream {
  const destination = pino.destination({
    dest: descriptor,
    sync: false,
    minLength: gathered,
    periodicFlush: longestGatheringMilliseconds,
    maxLength: longestBacklog,
  });
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
