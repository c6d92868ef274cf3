import { SessionEventKind } from "./session-event-kind.js";

/** Something that happened to an account, as the database announces it to every replica. */
export interface Announcement {
  kind: SessionEventKind;
  at: Date;
  userId: string;
  /** Null for PROFILE_CHANGED. */
  sessionId: string | null;
}

const isKind = (text: string): text is SessionEventKind => text in SessionEventKind;

/**
 * @param payload "kind user milliseconds [session]" as the triggers write it
 * @returns undefined for a kind that a newer release announces
 */
export function parseAnnouncement(payload: string): Announcement | undefined {
  const [kind = "", userId = "", milliseconds, sessionId = null] = payload.split(" ");
  if (!isKind(kind)) return undefined;
  return { kind, userId, at: new Date(Number(milliseconds)), sessionId };
}
