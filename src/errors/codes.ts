/**
 * Every error code of the API: what it says, when it is given, and what a client does about it.
 * The README's table is compared with this one, both ways (test/contract/readme.test.ts).
 */
export const errorCodes = {
  UNAUTHENTICATED: {
    message: "Sign in to do this.",
    when: "no, malformed, expired or revoked access token; `reason`: MISSING, EXPIRED, INVALID, SESSION_ENDED",
    client: "refresh once, then sign in",
  },
  FORBIDDEN: {
    message: "You are not allowed to do this.",
    when: "signed in, not allowed; or the cookie is used by a page that is not in `CORS_ORIGINS`",
    client: "do not refresh",
  },
  INVALID_CREDENTIALS: {
    message: "The sign-in name or the password is wrong.",
    when: "wrong password or unknown user: the same in wording and time",
    client: "ask again",
  },
  INVALID_REFRESH_TOKEN: {
    message: "The session is over. Sign in again.",
    when: "none, unknown, expired, ended, reused: one public face",
    client: "signed out",
  },
  EMAIL_NOT_VERIFIED: {
    message: "The email address must be verified first.",
    when: "right password of an existing user, verification required and missing; `verificationToken`",
    client: "ask for the code",
  },
  PASSWORD_RESET_REQUIRED: {
    message: "The password must be reset first.",
    when: "right password of a reported account",
    client: "offer the reset",
  },
  INVALID_CODE: {
    message: "The code is wrong or no longer good.",
    when: "wrong, used, expired or exhausted one-time code",
    client: "ask for a new one",
  },
  BAD_USER_INPUT: {
    message: "Some of the input cannot be accepted.",
    when: "`fields: [{ field, code }]`: MISSING, CONFLICTING, TAKEN, FORMAT_INVALID, TOO_SHORT, TOO_LONG, INSECURE",
    client: "mark the fields",
  },
  NOT_FOUND: {
    message: "There is no such thing, or it is not yours.",
    when: "not there, or not yours: the same answer",
    client: "forget it",
  },
  RATE_LIMITED: {
    message: "Too often. Wait before you try again.",
    when: "too many tries or mails for one account or client address, or streams on one socket; nothing was checked; `retryAfter` seconds",
    client: "wait",
  },
  OVERLOADED: {
    message: "The service is busy. Ask again shortly.",
    when: "load is shed, the database is unreachable or slow, draining, or the request came late; `retryAfter` seconds",
    client: "the same again after `retryAfter`, with the same retry key",
  },
  INTERNAL_SERVER_ERROR: {
    message: "Something went wrong on our side.",
    when: "anything else, masked; `requestId` is in the log",
    client: "report",
  },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What can be wrong with one field of the input. */
export const fieldCodes = [
  "MISSING",
  "CONFLICTING",
  "TAKEN",
  "FORMAT_INVALID",
  "TOO_SHORT",
  "TOO_LONG",
  "INSECURE",
] as const;

export type FieldCode = (typeof fieldCodes)[number];

/** Why an access token was not accepted (`extensions.reason` of UNAUTHENTICATED). */
export type UnauthenticatedReason = "MISSING" | "EXPIRED" | "INVALID" | "SESSION_ENDED";
