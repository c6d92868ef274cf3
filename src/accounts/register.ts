import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import { uniqueViolation } from "../database/faults.js";
import { inTransaction } from "../database/transaction.js";
import { badUserInput } from "../errors/auth-error.js";
import { clientNetwork } from "../limits/client-network.js";
import type { Services } from "../services.js";
import { type Grant, grant } from "../sessions/grant.js";
import { type OpenedSession, openSession } from "../sessions/open-session.js";
import type { Visitor } from "../visitor.js";
import {
  type CheckedRegistration,
  checkRegistration,
  type RegistrationRequest,
} from "./check-registration.js";
import { AddressKeptError, insertUser } from "./insert-user.js";
import { mayMail } from "./mail-budget.js";
import { tidy } from "./profile.js";
import { sendAccountCode } from "./send-code.js";
import { startRegistration } from "./start-registration.js";
import { trustPlace } from "./trust-place.js";

/** Let in at once, or waiting for the code. */
export type Registered = { grant: Grant } | { verificationToken: string };

/** The constraint that refused names one field; the other may be taken as well. */
async function taken({ pool }: Services, user: CheckedRegistration, error: unknown) {
  const { rows } = await pool.query<{ email: boolean; username: boolean }>(
    `SELECT EXISTS (SELECT FROM users WHERE email = $1) AS email,
       EXISTS (SELECT FROM users WHERE username_key = $2) AS username`,
    [user.email, user.usernameKey],
  );
  const refusedBy = uniqueViolation(error);
  const isTaken = {
    email: rows[0]?.email || refusedBy === "users_email_key" || error instanceof AddressKeptError,
    username: rows[0]?.username || refusedBy === "users_username_key",
  };
  const fields = (["email", "username"] as const).filter((field) => isTaken[field]);
  return badUserInput(...fields.map((field) => ({ field, code: "TAKEN" as const })));
}

/** The account, its first session, the history and the mail: all of them or none. */
async function createAccount(
  services: Services,
  input: RegistrationRequest,
  user: CheckedRegistration,
  visitor: Visitor,
): Promise<OpenedSession> {
  const { hash, pepperId } = await services.passwords.hash(input.password);
  const verifies =
    services.config.emailVerification === "optional" && (await mayMail(services, user.email));
  return inTransaction(services.pool, async (client) => {
    const password = { passwordHash: hash, pepperId };
    const userId = await insertUser(client, { ...user, ...password, emailVerified: false });
    const opened = await openSession(client, services.config, {
      userId,
      transport: input.transport,
      deviceName: tidy(input.deviceName),
      visitor,
    });
    const { id: sessionId, device } = opened.row;
    const kind = ActivityKind.REGISTERED;
    await recordActivity(client, { kind, userId, visitor, device, sessionId });
    const account = { id: userId, email: user.email };
    if (verifies) await sendAccountCode(client, services, account, visitor);
    return opened;
  });
}

/**
 * Makes an account and signs its owner in; with EMAIL_VERIFICATION=required it waits for the code.
 * @throws {AuthError} BAD_USER_INPUT with every field that is wrong or TAKEN (the address only where
 *   none must be verified); RATE_LIMITED; OVERLOADED
 */
export async function register(
  services: Services,
  input: RegistrationRequest,
  visitor: Visitor,
): Promise<Registered> {
  // SECURITY: counted before the password is judged: that takes a thread that all share.
  await services.limits.registrations.take(clientNetwork(visitor.ip));
  const user = await checkRegistration(services, input);
  if (services.config.emailVerification === "required")
    return { verificationToken: await startRegistration(services, input.password, user, visitor) };
  try {
    const { row } = await createAccount(services, input, user, visitor);
    visitor.log.info(
      { event: "registered", userId: row.userId, sessionId: row.id, ip: visitor.ip },
      "registered",
    );
    await trustPlace(services, row.userId, visitor);
    return { grant: grant(services, row, row.createdAt) };
  } catch (error) {
    if (uniqueViolation(error) === undefined && !(error instanceof AddressKeptError)) throw error;
    visitor.log.info({ event: "registration_refused", reason: "TAKEN", ip: visitor.ip }, "taken");
    throw await taken(services, user, error);
  }
}
