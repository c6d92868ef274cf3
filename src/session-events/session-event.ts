import { Field, ObjectType } from "type-graphql";
import type { Announcement } from "./announcement.js";
import { SessionEventKind } from "./session-event-kind.js";

/** What happened, as it is told; the session is read only where somebody asks for it. */
@ObjectType({
  description:
    "Something happened to the caller's account. The stream closes when the caller's own session ends.",
})
export class SessionEvent implements Announcement {
  @Field(() => SessionEventKind, { description: "What happened." })
  kind: SessionEventKind;

  @Field(() => Date, {
    description: "When it happened, or when it was noticed that the caller's session is over.",
  })
  at: Date;

  userId: string;
  sessionId: string | null;
}
