import { registerEnumType } from "type-graphql";

/** Why a session is over. Grows; clients keep a default branch. */
export enum SessionEndReason {
  SIGNED_OUT = "SIGNED_OUT",
  REVOKED = "REVOKED",
  SESSION_LIMIT = "SESSION_LIMIT",
  PASSWORD_CHANGED = "PASSWORD_CHANGED",
  PASSWORD_RESET = "PASSWORD_RESET",
  REPORTED = "REPORTED",
  REUSE_DETECTED = "REUSE_DETECTED",
  EXPIRED = "EXPIRED",
  ENDED_BY_ADMIN = "ENDED_BY_ADMIN",
  ACCOUNT_DELETED = "ACCOUNT_DELETED",
}

registerEnumType(SessionEndReason, {
  name: "SessionEndReason",
  description: "Why a session is over.",
  valuesConfig: {
    SIGNED_OUT: { description: "Its own client signed out." },
    REVOKED: { description: "The person ended it from another device." },
    SESSION_LIMIT: { description: "One more session began than a user may have." },
    PASSWORD_CHANGED: { description: "The password was changed from another session." },
    PASSWORD_RESET: { description: "The password was reset by mail." },
    REPORTED: { description: "The person said that this sign-in was not theirs." },
    REUSE_DETECTED: {
      description: "A refresh token came back that had been used before: somebody copied it.",
    },
    EXPIRED: { description: "Not refreshed in time, or older than a session may become." },
    ENDED_BY_ADMIN: { description: "The operator ended it." },
    ACCOUNT_DELETED: { description: "The account is gone." },
  },
});
