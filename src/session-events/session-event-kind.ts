import { registerEnumType } from "type-graphql";

/** What a signed-in client is told of its account. Grows; clients keep a default branch. */
export enum SessionEventKind {
  SESSION_STARTED = "SESSION_STARTED",
  SESSION_ENDED = "SESSION_ENDED",
  PROFILE_CHANGED = "PROFILE_CHANGED",
}

registerEnumType(SessionEventKind, {
  name: "SessionEventKind",
  description: "What a signed-in client is told of its account.",
  valuesConfig: {
    SESSION_STARTED: { description: "Another session of the user began." },
    SESSION_ENDED: {
      description: "A session of the user is over; for the caller's own one the last event.",
    },
    PROFILE_CHANGED: {
      description: "What `me` answers has changed: address, name, picture, role, what is verified.",
    },
  },
});
