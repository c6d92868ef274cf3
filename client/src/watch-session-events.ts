import type { Auth } from "./auth.js";
import { sessionEventsDocument } from "./documents.js";
import { liveOf } from "./live.js";
import type { SessionEvent } from "./types.js";

/** After an error that the socket does not mend by itself, such as too many streams of one person. */
const againAfterMs = 60_000;

interface Result {
  data?: { sessionEvents: SessionEvent } | null;
}

interface Sink {
  next(result: Result): void;
  error(error: unknown): void;
  complete(): void;
}

/** The client that graphql-ws makes: `createClient({ url, ...webSocketAuth(auth) })`. */
export interface SubscriptionClient {
  // A method, so that clients with wider types fit.
  subscribe(request: { query: string }, sink: Sink): () => void;
  on(event: "connected" | "closed", listener: () => void): () => void;
}

const ignore = () => {};

/**
 * Lets the service say at once what the keeper would find out later: a session that ended elsewhere
 * signs out in a moment, a changed profile is USER_UPDATED, and `useSessions` shows devices as they
 * come and go. Without it, or while the socket is away, all of that comes with the next question.
 *
 * An event signs nobody out: it makes the keeper refresh, and the service's answer decides.
 *
 * @returns how to stop
 */
export function watchSessionEvents(auth: Auth, socket: SubscriptionClient): () => void {
  const live = liveOf(auth);
  let session: string | undefined;
  let listening = false;
  let leave = ignore;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const sessionsChanged = () => {
    for (const listener of [...live.listeners]) listener();
  };
  const reloadUser = () => void auth.reloadUser().catch(ignore);

  /** Whether the session still stands is for a refresh to say. */
  const check = async () => auth.refresh(await auth.getAccessToken());

  function take({ kind, session: about }: SessionEvent): void {
    if (kind === "PROFILE_CHANGED") reloadUser();
    // The stream completes next.
    else if (about?.id !== session) sessionsChanged();
  }

  function listen(): void {
    leave();
    clearTimeout(timer);
    const mine = session;
    const again = () => {
      listening = false;
      live.isOpen = false;
      timer = setTimeout(() => mine === session && listen(), againAfterMs);
    };
    listening = true;
    leave = socket.subscribe(
      { query: sessionEventsDocument },
      {
        next: ({ data }) => data && take(data.sessionEvents),
        error: again,
        complete: () => mine === session && check().catch(ignore).then(again),
      },
    );
  }

  function unlisten(): void {
    listening = false;
    live.isOpen = false;
    leave();
    leave = ignore;
  }

  function follow(): void {
    const now = auth.state.session?.id;
    if (now === session) return;
    session = now;
    clearTimeout(timer);
    if (now === undefined) unlisten();
    else listen();
  }

  const stops = [
    auth.subscribe(follow),
    socket.on("closed", () => {
      live.isOpen = false;
    }),
    // What happened while nobody listened is asked for.
    socket.on("connected", () => {
      live.isOpen = listening;
      if (!listening) return;
      sessionsChanged();
      reloadUser();
    }),
  ];
  follow();
  return () => {
    for (const stop of stops) stop();
    clearTimeout(timer);
    session = undefined;
    unlisten();
  };
}
