import type { UnauthenticatedReason } from "./errors/codes.js";

/** Somebody who is signed in, as their access token says: no database was asked. */
export interface Member {
  userId: string;
  sessionId: string;
}

/** Who is calling, in one value. */
export type Caller =
  | { kind: "visitor" }
  /** An access token came along that is no good. */
  | { kind: "refused"; reason: Exclude<UnauthenticatedReason, "MISSING"> }
  | ({ kind: "member" } & Member);
