import { Authorized, Ctx, FieldResolver, Resolver, Root, Subscription } from "type-graphql";
import type { StreamContext } from "../context.js";
import { Session } from "../sessions/session.entity.js";
import type { VisibleSession } from "../sessions/session-row.js";
import type { Announcement } from "./announcement.js";
import { SessionEvent } from "./session-event.js";
import { toldSession } from "./told-session.js";

@Resolver(() => SessionEvent)
export class SessionEventsResolver {
  @Authorized()
  @Subscription(() => SessionEvent, {
    description:
      "What happens to the caller's account from now on, over graphql-ws alone. Completes when the caller's session ends; when the access token expires the socket is closed, and a client comes again with the next one. Errors: UNAUTHENTICATED, RATE_LIMITED, OVERLOADED.",
    subscribe: ({ context }: { context: StreamContext }) => context.listen(),
  })
  sessionEvents(@Root() event: Announcement, @Ctx() { services }: StreamContext): SessionEvent {
    services.metrics.sessionEvents.count(event.kind);
    return event;
  }

  @FieldResolver(() => Session, {
    nullable: true,
    description:
      "The session that began or ended; null for PROFILE_CHANGED, and where the caller's own has ended with it.",
  })
  async session(
    @Root() announcement: Announcement,
    @Ctx() { services, member }: StreamContext,
  ): Promise<VisibleSession | null> {
    if (announcement.sessionId === null) return null;
    return toldSession(services, announcement, member());
  }
}
