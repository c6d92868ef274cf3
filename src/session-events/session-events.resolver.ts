import { Authorized, Ctx, FieldResolver, Resolver, Root, Subscription } from "type-graphql";
import type { StreamContext } from "../context.js";
import { findSession } from "../sessions/find-session.js";
import { Session } from "../sessions/session.entity.js";
import type { Announcement } from "./announcement.js";
import { SessionEvent } from "./session-event.js";

@Resolver(() => SessionEvent)
export class SessionEventsResolver {
  @Authorized()
  @Subscription(() => SessionEvent, {
    description:
      "What happens to the caller's account from now on, over graphql-ws alone. Completes when the caller's session ends; when the access token expires the socket is closed, and a client comes again with the next one. Errors: UNAUTHENTICATED, RATE_LIMITED, OVERLOADED.",
    subscribe: ({ context }: { context: StreamContext }) => context.listen(),
  })
  sessionEvents(
    @Root() event: Announcement,
    @Ctx() { services }: StreamContext,
  ): Omit<SessionEvent, "session"> {
    services.metrics.sessionEvents.inc({ kind: event.kind });
    return event;
  }

  @FieldResolver(() => Session, {
    nullable: true,
    description: "The session that began or ended; null for PROFILE_CHANGED.",
  })
  async session(
    @Root() { sessionId, userId }: Announcement,
    @Ctx() context: StreamContext,
  ): Promise<Session | null> {
    if (sessionId === null) return null;
    const own = context.member().sessionId;
    const session = await findSession(context.services, { id: sessionId, userId }, own);
    if (session === undefined) return null;
    // SECURITY: whose session was ended from elsewhere is not told from where: it may be a thief.
    return sessionId === own ? { ...session, endedByIp: null } : session;
  }
}
