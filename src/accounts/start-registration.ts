import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import { inTransaction } from "../database/transaction.js";
import { badUserInput } from "../errors/auth-error.js";
import type { PasswordHash } from "../passwords/index.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { findAddressOwner } from "./address-owner.js";
import type { CheckedRegistration } from "./check-registration.js";
import { takeMail } from "./mail-budget.js";
import { sendRegistrationCode } from "./send-code.js";

/** Side by side for one address; one more pushes out the oldest. */
const waitingPerAddress = 5;

/** How long a registration waits: a day, so that a mail may be read in the evening. */
export const registrationWaitsSeconds = 86_400;

/** A username is no secret; the address is not told of. */
async function checkUsername({ pool }: Services, { usernameKey }: CheckedRegistration) {
  const { rowCount } = await pool.query("SELECT FROM users WHERE username_key = $1", [usernameKey]);
  if (rowCount !== 0) throw badUserInput({ field: "username", code: "TAKEN" });
}

/** One at a time for one address: registrations that start, and the one that is finished. */
export const lockAddress = (client: ClientBase, email: string) =>
  client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`address ${email}`]);

async function insertRegistration(
  client: ClientBase,
  id: string,
  user: CheckedRegistration,
  { hash, pepperId }: PasswordHash,
): Promise<void> {
  await client.query(
    `INSERT INTO registrations (id, email, username, username_key, first_name, last_name,
       avatar_url, password_hash, pepper_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[id, user.email, user.username, user.usernameKey],
      ...[user.firstName, user.lastName, user.avatarUrl, hash, pepperId],
    ],
  );
  await client.query(
    `WITH gone AS (
       DELETE FROM registrations WHERE id IN (
         SELECT id FROM registrations WHERE email = $1
         ORDER BY created_at DESC OFFSET ${waitingPerAddress})
       RETURNING id)
     DELETE FROM email_codes WHERE registration_id IN (SELECT id FROM gone)`,
    [user.email],
  );
}

/**
 * Keeps a registration until its address is proved, and mails the code. A taken address gets a row
 * as well, and its owner a notice: the answer, the work and the time are the same.
 *
 * @returns the verificationToken
 * @throws {AuthError} RATE_LIMITED; BAD_USER_INPUT for a username that is TAKEN
 */
export async function startRegistration(
  services: Services,
  password: string,
  user: CheckedRegistration,
  visitor: Visitor,
): Promise<string> {
  if (user.usernameKey !== null) await checkUsername(services, user);
  await takeMail(services, { address: user.email, visitor });
  const hash = await services.passwords.hash(password);
  const ownerId = await findAddressOwner(services.pool, user.email);
  const id = randomUUID();
  await inTransaction(services.pool, async (client) => {
    await lockAddress(client, user.email);
    await insertRegistration(client, id, user, hash);
    const registration = { id, email: user.email, ownerId };
    await sendRegistrationCode(client, services, registration, visitor);
  });
  visitor.log.info({ event: "registration_waits", ip: visitor.ip }, "registration waits");
  return services.verificationTokens.issue({ kind: "registration", id });
}
