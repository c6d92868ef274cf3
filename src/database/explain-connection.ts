import { DatabaseStartError } from "./database-start-error.js";
import { describeDatabase } from "./database-url.js";
import { isTransientDatabaseFault, sqlState } from "./faults.js";

const bySqlState: Readonly<Record<string, string>> = {
  "28P01": "refused the password of DATABASE_URL",
  "28000": "refused the user of DATABASE_URL",
  "3D000": "has no such database",
  "53300": "has no connection left",
  "57P03": "is starting up or shutting down",
};

/** Of the first address, when several were tried. */
const messageOf = ({ message, errors }: Error & { errors?: Error[] }): string =>
  errors?.[0]?.message ?? message;

/**
 * Says in a line why there is no connection.
 * @param error as pg or TypeORM threw it; anything that is no fault of the connection comes back as it is
 */
export function explainConnection(error: unknown, url: string): unknown {
  if (error instanceof DatabaseStartError) return error;
  const database = `PostgreSQL at ${describeDatabase(url)}`;
  const state = sqlState(error);
  const known = bySqlState[state ?? ""];
  if (known !== undefined) return new DatabaseStartError(`${database} ${known}.`);
  const message = messageOf(error as Error);
  if (isTransientDatabaseFault(error)) {
    const cannot = state === undefined ? "cannot be reached" : "cannot be used now";
    return new DatabaseStartError(`${database} ${cannot}: ${message}`);
  }
  if (/SSL|certificate/i.test(message))
    return new DatabaseStartError(`${database} cannot be spoken to by TLS: ${message}`);
  return error;
}
