import type { PoolClient } from "pg";
import { uniqueViolation } from "../database/faults.js";
import { inTransaction } from "../database/transaction.js";
import { badUserInput, type FieldFault } from "../errors/auth-error.js";
import type { PasswordHash } from "../passwords/index.js";
import type { Services } from "../services.js";
import { type Grant, grant } from "../sessions/grant.js";
import { type OpenedSession, openSession } from "../sessions/open-session.js";
import type { TokenTransport } from "../sessions/token-transport.js";
import type { Visitor } from "../visitor.js";
import { parseEmail } from "./email.js";
import { type ProfileFields, profileFaults, tidy } from "./profile.js";
import { parseUsername } from "./username.js";

export interface Registration extends ProfileFields {
  email: string;
  password: string;
  username?: string | null;
  transport: TokenTransport;
}

interface Identity {
  email: string;
  username: string | null;
  usernameKey: string | null;
}

/** The field that each unique constraint speaks for. */
const fieldOfConstraint: Record<string, string> = {
  users_email_key: "email",
  users_username_key: "username",
};

/** Everything that is wrong is said at once, so that a form marks all its fields. */
async function checked(services: Services, input: Registration): Promise<Identity> {
  const faults: FieldFault[] = profileFaults(input);
  const email = parseEmail(input.email);
  if (email === undefined) faults.push({ field: "email", code: "FORMAT_INVALID" });
  const name = input.username == null ? null : parseUsername(input.username);
  if (name !== null && "fault" in name) faults.push({ field: "username", code: name.fault });
  const personal = [input.email, input.username, input.firstName, input.lastName];
  const weakness = await services.passwords.check(
    input.password,
    personal.filter((text) => text != null),
  );
  if (weakness !== undefined) faults.push({ field: "password", ...weakness });
  if (faults.length > 0 || email === undefined) throw badUserInput(...faults);
  const { username = null, usernameKey = null } = name !== null && "username" in name ? name : {};
  return { email, username, usernameKey };
}

async function insertUser(
  client: PoolClient,
  { email, username, usernameKey }: Identity,
  password: PasswordHash,
  profile: ProfileFields,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO users (email, username, username_key, password_hash, pepper_id,
       first_name, last_name, avatar_url)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
    [
      email,
      username,
      usernameKey,
      password.hash,
      password.pepperId,
      tidy(profile.firstName),
      tidy(profile.lastName),
      tidy(profile.avatarUrl),
    ],
  );
  return rows[0]?.id as string;
}

/** The constraint that refused names one field; the other may be taken as well. */
async function taken({ pool }: Services, identity: Identity, constraint: string) {
  const { rows } = await pool.query<{ email: boolean; username: boolean }>(
    `SELECT EXISTS (SELECT FROM users WHERE email = $1) AS email,
       EXISTS (SELECT FROM users WHERE username_key = $2) AS username`,
    [identity.email, identity.usernameKey],
  );
  const fields = (["email", "username"] as const).filter(
    (field) => rows[0]?.[field] === true || fieldOfConstraint[constraint] === field,
  );
  return badUserInput(...fields.map((field) => ({ field, code: "TAKEN" as const })));
}

/** Two at once with one address: the unique constraint lets one through, not a read before it. */
async function createAccount(
  services: Services,
  input: Registration,
  identity: Identity,
  visitor: Visitor,
): Promise<OpenedSession> {
  const password = await services.passwords.hash(input.password);
  const session = { transport: input.transport, deviceName: tidy(input.deviceName), visitor };
  try {
    return await inTransaction(services.pool, async (client) => {
      const userId = await insertUser(client, identity, password, input);
      return openSession(client, services.config, { userId, ...session });
    });
  } catch (error) {
    const constraint = uniqueViolation(error);
    if (constraint === undefined) throw error;
    visitor.log.info({ event: "registration_refused", reason: "TAKEN", ip: visitor.ip }, "taken");
    throw await taken(services, identity, constraint);
  }
}

/**
 * Makes an account and signs its owner in.
 * @throws {AuthError} BAD_USER_INPUT with every field that is wrong or TAKEN; OVERLOADED
 */
export async function register(
  services: Services,
  input: Registration,
  visitor: Visitor,
): Promise<Grant> {
  const identity = await checked(services, input);
  const { row } = await createAccount(services, input, identity, visitor);
  visitor.log.info(
    { event: "registered", userId: row.userId, sessionId: row.id, ip: visitor.ip },
    "registered",
  );
  return grant(services, row, row.createdAt);
}
