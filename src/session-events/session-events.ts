import type { Member } from "../caller.js";
import type { Clock } from "../clock.js";
import { rateLimited, unauthenticated } from "../errors/auth-error.js";
import { type Announcement, parseAnnouncement } from "./announcement.js";
import { createEventQueue, type EventQueue } from "./event-queue.js";
import { SessionEventKind } from "./session-event-kind.js";

/** Of one user on each replica: more tabs than a person looks at; the next one has to poll. */
export const connectionsPerUser = 20;
/** Of one connection: one is enough for a frontend, and each event is written once for each. */
export const streamsPerConnection = 5;
/** Events that wait for a slow reader: more than a hundred devices that end at once. */
const eventsWaiting = 200;

/** Why somebody who listens has to go. */
export type Farewell =
  /** Their own session is over: nothing is told to it any more but that. */
  | "SESSION_ENDED"
  /** Something may have happened that this replica has not heard of. */
  | "MISSED"
  /** They do not read what they are told. */
  | "SLOW";

/** Somebody who is connected, signed in, and may listen. */
export interface Listener {
  member: Member;
  /**
   * What happens to the account from now on; ends with the session.
   * @throws {AuthError} UNAUTHENTICATED when the session is over; RATE_LIMITED for too many
   */
  listen(): AsyncIterableIterator<Announcement>;
  /** Ends all that it listens to. */
  leave(): void;
}

/** Tells those who listen on this replica what happens to their account, wherever it happens. */
export interface SessionEvents {
  /** @returns undefined when the user has as many connections as they may */
  join(member: Member, farewell: (why: Farewell) => void): Listener | undefined;
  /** From the feed: a payload of the triggers. Costs a look into a map where nobody listens. */
  announce(payload: string): void;
  /** Ended here or heard of. */
  sessionEnded(sessionId: string): void;
  /** The feed was away and has loaded anew: what is a matter of sessions is known, no more. */
  missed(): void;
  /** Open at present. */
  streams(): number;
}

type Guest = Listener & { streams: Set<EventQueue<Announcement>>; farewell(why: Farewell): void };

/** Those of one user or session. */
function createIndex() {
  const guests = new Map<string, Set<Guest>>();
  return {
    of: (key: string): ReadonlySet<Guest> => guests.get(key) ?? new Set(),
    all: () => [...guests.values()].flatMap((some) => [...some]),
    add: (key: string, guest: Guest) =>
      void guests.set(key, (guests.get(key) ?? new Set()).add(guest)),
    remove(key: string, guest: Guest) {
      const some = guests.get(key);
      some?.delete(guest);
      if (some?.size === 0) guests.delete(key);
    },
  };
}

const isOwn = ({ member }: Guest, { sessionId }: Announcement) => sessionId === member.sessionId;

export function createSessionEvents({ clock }: { clock: Clock }): SessionEvents {
  const ofUser = createIndex();
  const ofSession = createIndex();
  let open = 0;

  function forget(guest: Guest): void {
    ofUser.remove(guest.member.userId, guest);
    ofSession.remove(guest.member.sessionId, guest);
  }

  function dismiss(guest: Guest, why: Farewell): void {
    forget(guest);
    // Whose session goes on is not told that all is said: they are to come again.
    if (why === "SESSION_ENDED") for (const stream of guest.streams) stream.finish();
    guest.farewell(why);
  }

  function tell(guest: Guest, announcement: Announcement): void {
    const own = isOwn(guest, announcement);
    // A client that was quick to connect may hear that its own session has begun.
    if (own && announcement.kind === SessionEventKind.SESSION_STARTED) return;
    const taken = [...guest.streams].map((stream) => stream.push(announcement));
    if (own && announcement.kind === SessionEventKind.SESSION_ENDED)
      dismiss(guest, "SESSION_ENDED");
    else if (taken.includes(false)) dismiss(guest, "SLOW");
  }

  function listenAs(guest: Guest): AsyncIterableIterator<Announcement> {
    if (!ofSession.of(guest.member.sessionId).has(guest)) throw unauthenticated("SESSION_ENDED");
    if (guest.streams.size >= streamsPerConnection) throw rateLimited(60);
    const stream = createEventQueue<Announcement>({
      room: eventsWaiting,
      onGone() {
        open -= 1;
        guest.streams.delete(stream);
      },
    });
    open += 1;
    guest.streams.add(stream);
    return stream;
  }

  return {
    join(member, farewell) {
      const { userId, sessionId } = member;
      if (ofUser.of(userId).size >= connectionsPerUser) return undefined;
      const guest: Guest = {
        member,
        farewell,
        streams: new Set(),
        listen: () => listenAs(guest),
        leave() {
          forget(guest);
          for (const stream of guest.streams) void stream.return();
        },
      };
      ofUser.add(userId, guest);
      ofSession.add(sessionId, guest);
      return guest;
    },

    announce(payload) {
      const announcement = parseAnnouncement(payload);
      if (announcement === undefined) return;
      for (const guest of [...ofUser.of(announcement.userId)]) tell(guest, announcement);
    },

    sessionEnded(sessionId) {
      for (const guest of [...ofSession.of(sessionId)]) {
        const { userId } = guest.member;
        const at = new Date(clock.now());
        tell(guest, { kind: SessionEventKind.SESSION_ENDED, at, userId, sessionId });
      }
    },

    missed() {
      for (const guest of ofUser.all()) guest.farewell("MISSED");
    },

    streams: () => open,
  };
}
