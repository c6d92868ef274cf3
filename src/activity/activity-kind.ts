import { registerEnumType } from "type-graphql";

/** What can happen to an account. Grows; clients keep a default branch. */
export enum ActivityKind {
  REGISTERED = "REGISTERED",
  SIGNED_IN = "SIGNED_IN",
  SIGN_IN_FAILED = "SIGN_IN_FAILED",
  SIGNED_OUT = "SIGNED_OUT",
  SESSION_REVOKED = "SESSION_REVOKED",
  SESSION_LIMIT = "SESSION_LIMIT",
  REUSE_DETECTED = "REUSE_DETECTED",
  NEW_DEVICE = "NEW_DEVICE",
  SESSION_REPORTED = "SESSION_REPORTED",
  ACCOUNT_LOCKED = "ACCOUNT_LOCKED",
  EMAIL_VERIFIED = "EMAIL_VERIFIED",
  EMAIL_CHANGE_REQUESTED = "EMAIL_CHANGE_REQUESTED",
  EMAIL_CHANGED = "EMAIL_CHANGED",
  PASSWORD_CHANGED = "PASSWORD_CHANGED",
  PASSWORD_RESET_REQUESTED = "PASSWORD_RESET_REQUESTED",
  PASSWORD_RESET = "PASSWORD_RESET",
  PROFILE_CHANGED = "PROFILE_CHANGED",
  ACCOUNT_DELETED = "ACCOUNT_DELETED",
}

registerEnumType(ActivityKind, {
  name: "ActivityKind",
  description: "What can happen to an account.",
  valuesConfig: {
    REGISTERED: { description: "The account was made, in its first session." },
    SIGNED_IN: { description: "A session began." },
    SIGN_IN_FAILED: {
      description: "The password was wrong, or right but not enough to be let in.",
    },
    SIGNED_OUT: { description: "The session's own client ended it." },
    SESSION_REVOKED: {
      description: "The session was ended from elsewhere, also by a change of the password.",
    },
    SESSION_LIMIT: {
      description: "The session ended because one more began than a user may have.",
    },
    REUSE_DETECTED: {
      description: "A used refresh token of the session came back, so that it was ended.",
    },
    NEW_DEVICE: { description: "A session began on a device or network not seen before." },
    SESSION_REPORTED: { description: "The person said that the session was not theirs." },
    ACCOUNT_LOCKED: {
      description:
        "The password is held back: until it is reset, after somebody reported a sign-in; from places not seen before, after too many wrong tries.",
    },
    EMAIL_VERIFIED: { description: "The person showed that they receive the address's mail." },
    EMAIL_CHANGE_REQUESTED: { description: "A code was sent to a new address." },
    EMAIL_CHANGED: { description: "The account has another address." },
    PASSWORD_CHANGED: { description: "By somebody who was signed in and knew the old one." },
    PASSWORD_RESET_REQUESTED: { description: "A code to reset the password was asked for." },
    PASSWORD_RESET: { description: "By a code from a mail." },
    PROFILE_CHANGED: { description: "The username, a name or the picture changed." },
    ACCOUNT_DELETED: { description: "The account is gone." },
  },
});
