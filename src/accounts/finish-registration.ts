import type { ClientBase } from "pg";
import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import { uniqueViolation } from "../database/faults.js";
import { inTransaction } from "../database/transaction.js";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { consumeCode, matchCode } from "../email-codes/consume.js";
import { AuthError, badUserInput } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import { openSession } from "../sessions/open-session.js";
import type { SessionWithUserRow } from "../sessions/session-row.js";
import type { TokenTransport } from "../sessions/token-transport.js";
import type { Visitor } from "../visitor.js";
import { findRegistration } from "./find-registration.js";
import { AddressKeptError, insertUser } from "./insert-user.js";
import { presentCode } from "./present-code.js";
import { tidy } from "./profile.js";
import { lockAddress } from "./start-registration.js";

export interface FinishRequest {
  code: string;
  deviceName?: string | null;
  transport: TokenTransport;
  visitor: Visitor;
}

/** The first that is finished removes the others, and their codes. */
async function removeWaiting(client: ClientBase, email: string): Promise<void> {
  await client.query("DELETE FROM registrations WHERE email = $1", [email]);
  await client.query("DELETE FROM email_codes WHERE address = $1 AND purpose = 'REGISTER'", [
    email,
  ]);
}

/** Somebody else was faster: with the username that is said, with the address it is a dead code. */
function refusal(error: unknown): unknown {
  const constraint = uniqueViolation(error);
  if (constraint === "users_username_key")
    return badUserInput({ field: "username", code: "TAKEN" });
  const isTaken = constraint === "users_email_key" || error instanceof AddressKeptError;
  return isTaken ? new AuthError("INVALID_CODE") : error;
}

/**
 * Makes the account of a registration that waits, its address proved, and signs its owner in.
 * @throws {AuthError} INVALID_CODE; BAD_USER_INPUT for a username that was TAKEN meanwhile
 */
export async function finishRegistration(
  services: Services,
  registrationId: string,
  { code, deviceName, transport, visitor }: FinishRequest,
): Promise<SessionWithUserRow> {
  const registration = await findRegistration(services.pool, registrationId);
  if (registration === undefined) throw new AuthError("INVALID_CODE");
  const { email } = registration;
  const expected = { purpose: CodePurpose.REGISTER, owner: registrationId, triesOf: email };
  const matched = await presentCode(services, visitor, () => matchCode(services, expected, code));
  try {
    return await inTransaction(services.pool, async (client) => {
      await lockAddress(client, email);
      await consumeCode(client, matched);
      const userId = await insertUser(client, { ...registration, emailVerified: true });
      await removeWaiting(client, email);
      const session = { userId, transport, deviceName: tidy(deviceName), visitor };
      const { row } = await openSession(client, services.config, session);
      const { id: sessionId, device } = row;
      for (const kind of [ActivityKind.REGISTERED, ActivityKind.EMAIL_VERIFIED])
        await recordActivity(client, { kind, userId, visitor, device, sessionId });
      return row;
    });
  } catch (error) {
    throw refusal(error);
  }
}
