/** Classes and codes of SQLSTATE (PostgreSQL's manual, appendix A) after which the same may succeed. */
const transientSqlState = new RegExp(
  `^(?:${[
    "08...", // connection exceptions
    "25006", // read-only: a standby, or default_transaction_read_only
    "25P03", // idle-in-transaction timeout
    "40001", // serialization failure
    "40P01", // deadlock
    "53...", // out of connections, memory or disk
    "55P03", // lock timeout
    "57014", // statement timeout
    "57P0[1-5]", // shutting down, crashed, starting up, database dropped, idle timeout
    "58030", // I/O error
  ].join("|")})$`,
);

/** The connection, not the query, has failed (libuv's names). */
const transientSystemCode =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_AGAIN|EMFILE|ENFILE)$/;

/** pg, its pool and TypeORM give these no code. */
const transientMessage = new RegExp(
  [
    "^timeout exceeded when trying to connect$",
    "^timeout expired$",
    "^Connection terminated",
    "^Client has encountered a connection error and is not queryable$",
    "^Client was closed and is not queryable$",
    "^Query read timeout$",
    "^Cannot use a pool after calling end on the pool$",
    "^Query runner already released",
    "^Driver not Connected$",
    "connection is not yet established",
  ].join("|"),
);

interface ErrorLike {
  code?: unknown;
  message?: unknown;
  constraint?: unknown;
  /** TypeORM's QueryFailedError. */
  driverError?: unknown;
  cause?: unknown;
  /** AggregateError: one for each address that was tried. */
  errors?: unknown;
}

/** The error and everything that it wraps. */
function unwrap(error: unknown, depth = 0): ErrorLike[] {
  if (typeof error !== "object" || error === null || depth > 4) return [];
  const { driverError, cause, errors } = error as ErrorLike;
  const inner = [driverError, cause, ...(Array.isArray(errors) ? errors : [])];
  return [error as ErrorLike, ...inner.flatMap((wrapped) => unwrap(wrapped, depth + 1))];
}

function isTransient({ code, message }: ErrorLike): boolean {
  if (typeof code === "string" && (transientSqlState.test(code) || transientSystemCode.test(code)))
    return true;
  return typeof message === "string" && transientMessage.test(message);
}

/**
 * Whether the database was unreachable, busy or interrupted: the same request may succeed later, so
 * the client hears OVERLOADED and keeps its session. Whether the statement took effect is not known.
 */
export const isTransientDatabaseFault = (error: unknown): boolean =>
  unwrap(error).some(isTransient);

/** Five characters, of which one at least is a digit: EPIPE is none. */
const isSqlState = (code: unknown): code is string =>
  typeof code === "string" && /^(?=.*\d)[0-9A-Z]{5}$/.test(code);

/** SQLSTATE of the error or of what it wraps. */
export const sqlState = (error: unknown): string | undefined =>
  unwrap(error)
    .map(({ code }) => code)
    .find(isSqlState);

/** Serialization failure or deadlock: rolled back for sure, and often for one row's sake. */
export const isConflict = (error: unknown): boolean =>
  ["40001", "40P01"].includes(sqlState(error) ?? "");

/** The name of the unique constraint that the statement would have broken; undefined for all else. */
export const uniqueViolation = (error: unknown): string | undefined =>
  unwrap(error)
    .filter(({ code }) => code === "23505")
    .map(({ constraint }) => constraint)
    .find((constraint): constraint is string => typeof constraint === "string");
