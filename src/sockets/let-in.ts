import type { Caller } from "../caller.js";
import { bearer, identify, identifyByAsking } from "../identify.js";
import type { Services } from "../services.js";
import type { Farewell } from "../session-events/session-events.js";
import { type CloseReason, closeReasons } from "./close-reason.js";
import type { Connection } from "./connection.js";

/** For the last event to be read and written, when a session has ended. */
const lastWordsMilliseconds = 2_000;
/** Not all at once: whoever is sent away comes again. */
const spreadMilliseconds = 3_000;

const reasonOfRefusal = {
  EXPIRED: closeReasons.expired,
  INVALID: closeReasons.invalid,
  SESSION_ENDED: closeReasons.sessionEnded,
} as const;

async function whoIs(services: Services, token: string | undefined): Promise<Caller> {
  if (services.revocation.isHearing()) return identify(services, token);
  return (await identifyByAsking(services, token))();
}

const later = (work: () => void, milliseconds: number) => setTimeout(work, milliseconds).unref();

/** Closes it once what it listens to is over, or does not come to an end. */
export function closeWhenTold(connection: Connection): void {
  const close = () => connection.close(closeReasons.sessionEnded);
  // In a round of its own: graphql-ws says that a stream is complete after we are told so.
  setImmediate(() => connection.subscriptions() === 0 && close());
}

const farewells: Record<Farewell, (connection: Connection) => void> = {
  SLOW: ({ socket }) => socket.terminate(),
  MISSED(connection) {
    later(() => connection.close(closeReasons.missed), Math.random() * spreadMilliseconds);
  },
  SESSION_ENDED(connection) {
    connection.endsWithStreams = true;
    closeWhenTold(connection);
    later(() => connection.close(closeReasons.sessionEnded), lastWordsMilliseconds);
  },
};

/**
 * Who the access token of `connectionParams` says is connected; the cookie never counts.
 *
 * @param authorization "Bearer …" as it came, anything at all
 * @returns why it is closed, if nobody is let in
 */
export async function letIn(
  services: Services,
  connection: Connection,
  authorization: unknown,
): Promise<CloseReason | undefined> {
  const token = bearer(typeof authorization === "string" ? authorization : undefined);
  const caller = await whoIs(services, token).catch(() => undefined);
  // SECURITY: a deaf replica that could not ask lets nobody in.
  if (caller === undefined) return closeReasons.overloaded;
  if (caller.kind === "visitor") return closeReasons.missing;
  if (caller.kind === "refused") {
    const { ip, log } = connection.visitor;
    if (caller.reason === "INVALID")
      log.info({ event: "access_token_refused", ip }, "not an access token of ours");
    return reasonOfRefusal[caller.reason];
  }
  if (services.endedSessions.has(caller.sessionId)) return closeReasons.sessionEnded;
  // Gone while the database was asked: nobody would ever see it leave.
  if (connection.socket.readyState !== connection.socket.OPEN) return closeReasons.goingAway;
  const verified = services.accessTokens.verify(token ?? "");
  if (!verified.ok) return closeReasons.expired;
  const { userId, sessionId } = caller;
  connection.listener = services.sessionEvents.join({ userId, sessionId }, (why) =>
    farewells[why](connection),
  );
  if (connection.listener === undefined) return closeReasons.tooManyConnections;
  connection.closeAt(verified.claims.exp * 1000, services.clock.now(), closeReasons.expired);
  return undefined;
}
