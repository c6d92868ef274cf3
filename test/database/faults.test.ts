import { describe, expect, test } from "@jest/globals";
import { DatabaseError } from "pg";
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from "typeorm";
import { isTransientDatabaseFault, sqlState, uniqueViolation } from "../../src/database/faults.js";

const withCode = (code: string, constraint?: string) =>
  Object.assign(new DatabaseError("as the server said it", 1, "error"), { code, constraint });
const system = (code: string) => Object.assign(new Error(code), { code });
const byTypeOrm = (error: Error) => new QueryFailedError("SELECT 1", [], error);

describe("after these the same request may succeed", () => {
  test.each([
    ...["08000", "08003", "08006", "08P01", "25006", "25P03", "40001", "40P01"],
    ...["53100", "53200", "53300", "55P03", "57014", "57P01", "57P02", "57P03", "57P05"],
  ])("SQLSTATE %s", (code) => {
    expect(isTransientDatabaseFault(withCode(code))).toBe(true);
    expect(isTransientDatabaseFault(byTypeOrm(withCode(code)))).toBe(true);
  });

  test.each([
    ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
    ...["ENOTFOUND", "EAI_AGAIN"],
  ])("%s of the operating system", (code) => {
    expect(isTransientDatabaseFault(system(code))).toBe(true);
  });

  test.each([
    "timeout exceeded when trying to connect",
    "timeout expired",
    "Connection terminated",
    "Connection terminated unexpectedly",
    "Connection terminated due to connection timeout",
    "Client has encountered a connection error and is not queryable",
    "Client was closed and is not queryable",
    "Query read timeout",
    "Cannot use a pool after calling end on the pool",
    "Driver not Connected",
  ])("pg says: %s", (message) => {
    expect(isTransientDatabaseFault(new Error(message))).toBe(true);
  });

  test("TypeORM's query runner that lost its connection", () => {
    expect(isTransientDatabaseFault(new QueryRunnerAlreadyReleasedError())).toBe(true);
  });

  test("an address that was tried in several ways", () => {
    const error = new AggregateError([system("ECONNREFUSED"), system("ECONNREFUSED")]);
    expect(isTransientDatabaseFault(error)).toBe(true);
  });

  test("whatever such a fault has caused", () => {
    expect(isTransientDatabaseFault(new Error("no", { cause: withCode("57P01") }))).toBe(true);
  });
});

describe("after these it will fail again", () => {
  test.each(["23505", "23503", "22001", "42601", "42P01", "28P01", "3D000", "XX000"])(
    "SQLSTATE %s",
    (code) => {
      expect(isTransientDatabaseFault(withCode(code))).toBe(false);
      expect(isTransientDatabaseFault(byTypeOrm(withCode(code)))).toBe(false);
    },
  );

  test.each([[undefined], [null], ["08006"], [42], [new TypeError("x is not a function")], [{}]])(
    "%p is no fault of the database",
    (error) => {
      expect(isTransientDatabaseFault(error)).toBe(false);
    },
  );

  test("an error that causes itself", () => {
    const error = new Error("round");
    error.cause = error;
    expect(isTransientDatabaseFault(error)).toBe(false);
  });
});

describe("a broken unique constraint", () => {
  test("is known by its name, wrapped or not", () => {
    const error = withCode("23505", "users_email_key");
    expect(uniqueViolation(error)).toBe("users_email_key");
    expect(uniqueViolation(byTypeOrm(error))).toBe("users_email_key");
  });

  test("is not confused with another constraint", () => {
    expect(uniqueViolation(withCode("23503", "sessions_user_id_fkey"))).toBeUndefined();
    expect(uniqueViolation(new Error("users_email_key"))).toBeUndefined();
    expect(uniqueViolation(undefined)).toBeUndefined();
  });
});

test("the SQLSTATE is found in what wraps it, and system codes are none", () => {
  expect(sqlState(byTypeOrm(withCode("55P03")))).toBe("55P03");
  expect(sqlState(system("EPIPE"))).toBeUndefined();
});
