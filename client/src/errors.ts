/** One input field (or argument) and what is wrong with it. */
export interface FieldFault {
  field: string;
  code:
    | "MISSING"
    | "CONFLICTING"
    | "TAKEN"
    | "FORMAT_INVALID"
    | "TOO_SHORT"
    | "TOO_LONG"
    | "INSECURE"
    | (string & {});
  message?: string;
}

/** What goes with each code. */
export interface ErrorDetails {
  /** No, expired or revoked access token. */
  UNAUTHENTICATED: { reason?: "MISSING" | "EXPIRED" | "INVALID" | "SESSION_ENDED" | (string & {}) };
  FORBIDDEN: object;
  INVALID_CREDENTIALS: object;
  /** The only code that signs out. */
  INVALID_REFRESH_TOKEN: object;
  EMAIL_NOT_VERIFIED: { verificationToken: string };
  PASSWORD_RESET_REQUIRED: object;
  SECOND_FACTOR_REQUIRED: object;
  INVALID_CODE: object;
  BAD_USER_INPUT: { fields?: readonly FieldFault[] };
  NOT_FOUND: object;
  /** `retryAfter` in seconds. */
  RATE_LIMITED: { retryAfter?: number };
  OVERLOADED: { retryAfter?: number };
  INTERNAL_SERVER_ERROR: { requestId?: string };
  /** No answer, or none in time. `cut`: it began and broke off, so a cookie may have been set. */
  NETWORK_ERROR: { cut?: boolean };
  /** The storage could not be read; the session still stands. */
  STORAGE_ERROR: object;
  /** An answer that is not GraphQL: a proxy's page, a wrong address. */
  BAD_RESPONSE: { status?: number; retryAfter?: number };
}

export type ErrorCode = keyof ErrorDetails | (string & {});

/**
 * Every failure that this package reports. Ask with `hasCode`, which also narrows `details`:
 * `if (hasCode(error, "RATE_LIMITED")) wait(error.details.retryAfter)`.
 */
export class GatehouseError extends Error {
  override readonly name = "GatehouseError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: object = {},
  ) {
    super(message);
  }
}

export const hasCode = <Code extends keyof ErrorDetails>(
  error: unknown,
  code: Code,
): error is GatehouseError & { code: Code; details: ErrorDetails[Code] } =>
  error instanceof GatehouseError && error.code === code;

/** One entry of `errors` in a GraphQL answer, as far as it matters here. */
export interface GraphQLFault {
  message: string;
  path?: readonly (string | number)[];
  extensions?: { code?: string };
}

export const toGatehouseError = ({ message, extensions }: GraphQLFault) =>
  new GatehouseError(extensions?.code ?? "INTERNAL_SERVER_ERROR", message, { ...extensions });
