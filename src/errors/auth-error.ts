import { type ErrorCode, errorCodes, type FieldCode, type UnauthenticatedReason } from "./codes.js";

/** One input field (or argument) and what is wrong with it. */
export interface FieldFault {
  field: string;
  code: FieldCode;
  /** Words for a person where the code alone does not say enough; never holds what was typed. */
  message?: string;
}

export interface AuthErrorExtensions {
  code: ErrorCode;
  fields?: readonly FieldFault[];
  /** Seconds. */
  retryAfter?: number;
  reason?: UnauthenticatedReason;
  requestId?: string;
  /** Goes with the code to verifyEmail (EMAIL_NOT_VERIFIED). */
  verificationToken?: string;
}

/**
 * A refusal that a client may see: its message comes from the table of codes and never holds a
 * value that was typed. graphql-js copies `extensions` to the answer, so the rooms that throw it
 * need not know GraphQL.
 */
export class AuthError extends Error {
  override readonly name = "AuthError";
  readonly extensions: AuthErrorExtensions;

  constructor(code: ErrorCode, details: Omit<AuthErrorExtensions, "code"> = {}) {
    // Nobody asks where a refusal was thrown, and to know it costs more than a forged token's MAC.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(errorCodes[code].message);
    Error.stackTraceLimit = stackTraceLimit;
    // None at all: graphql-js would copy it over its own, for which V8 writes that one out first.
    this.stack = "";
    this.extensions = { code, ...details };
  }

  get code(): ErrorCode {
    return this.extensions.code;
  }
}

export const badUserInput = (...fields: FieldFault[]) =>
  new AuthError("BAD_USER_INPUT", { fields });

export const unauthenticated = (reason: UnauthenticatedReason) =>
  new AuthError("UNAUTHENTICATED", { reason });

/** @param retryAfterSeconds until there is another try */
export const rateLimited = (retryAfterSeconds: number) =>
  new AuthError("RATE_LIMITED", { retryAfter: retryAfterSeconds });

/** The same request may be asked again after `retryAfterSeconds`; nothing was decided against it. */
export const overloaded = (retryAfterSeconds = 1) =>
  new AuthError("OVERLOADED", { retryAfter: retryAfterSeconds });
