import { expect } from "@jest/globals";
import { type Ask, noAnswer } from "./ask.js";
import type { HonestClient, JournalEntry } from "./honest-client.js";

/** What a fault may do to a refresh: nothing, or put it off. */
const allowed = new Set(["ok", "OVERLOADED", noAnswer]);

/** Longer than this nobody waits for an answer, whatever the database does. */
const longestAnswerMilliseconds = 3500;

export interface SessionRecord {
  id: string;
  generation: string;
  ended: boolean;
}

export const sessionRecords = "SELECT id, generation, ended_at IS NOT NULL AS ended FROM sessions";

function checkEntries(journal: readonly JournalEntry[]): void {
  const outcomes = new Set(journal.map(({ outcome }) => outcome));
  expect([...outcomes].filter((outcome) => !allowed.has(outcome))).toEqual([]);
  const successors = new Map<string, Set<string>>();
  for (const { presented, received } of journal) {
    if (received === undefined) continue;
    const known = successors.get(presented) ?? new Set();
    successors.set(presented, known.add(received));
  }
  const branches = [...successors.values()].filter(({ size }) => size > 1);
  expect(branches).toEqual([]);
}

/** How many requests of a session may have rotated it: every key at most once. */
const mostRotations = (journal: readonly JournalEntry[], sessionId: string) =>
  new Set(journal.filter((e) => e.sessionId === sessionId).map((e) => e.retryKey)).size;

/**
 * After the fault: everybody is signed in and can go on; of each session there is one line of
 * tokens; no request took effect twice; everybody was answered in time.
 *
 * @param read the rows of `sessionRecords` as they are now
 */
export async function checkFaultDidNoHarm(options: {
  clients: readonly HonestClient[];
  journal: readonly JournalEntry[];
  ask: Ask;
  read: () => Promise<SessionRecord[]>;
}): Promise<void> {
  const { clients, journal, ask, read } = options;
  for (const client of clients) await client.refreshAtLast(ask);
  expect(clients.filter(({ signedOut }) => signedOut)).toEqual([]);
  checkEntries(journal);
  const rows = new Map((await read()).map((row) => [row.id, row]));
  for (const { sessionId, rotations } of clients) {
    const row = rows.get(sessionId);
    expect(row).toEqual({ id: sessionId, generation: String(rotations), ended: false });
    expect(rotations).toBeLessThanOrEqual(mostRotations(journal, sessionId));
  }
  const slowest = Math.max(...journal.map(({ milliseconds }) => milliseconds));
  expect(slowest).toBeLessThan(longestAnswerMilliseconds);
}
