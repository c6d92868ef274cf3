import { askForCode } from "../accounts/ask-for-code.js";
import { parseEmail } from "../accounts/email.js";
import { profileFaults, tidy } from "../accounts/profile.js";
import { tellOfWrongTries } from "../accounts/tell-of-wrong-tries.js";
import { parseUsername } from "../accounts/username.js";
import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import { inTransaction } from "../database/transaction.js";
import { AuthError, badUserInput } from "../errors/auth-error.js";
import type { Verdict } from "../passwords/index.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { type Grant, grant } from "./grant.js";
import { tellOfNewDevice } from "./new-device.js";
import { type OpenedSession, openSession } from "./open-session.js";
import type { TokenTransport } from "./token-transport.js";

export interface SignInRequest {
  email?: string | null;
  username?: string | null;
  password: string;
  deviceName?: string | null;
  transport: TokenTransport;
}

/** What a sign-in needs of an account. */
interface Credentials {
  id: string;
  hash: string;
  pepperId: string | null;
  version: number;
  email: string;
  emailVerified: boolean;
  /** The owner reported a sign-in: the password opens nothing until it is reset. */
  resetRequired: boolean;
}

/** @throws {AuthError} BAD_USER_INPUT unless exactly one name is given */
function check(request: SignInRequest): void {
  const given = [request.email, request.username].filter((name) => name != null).length;
  const faults = profileFaults({ deviceName: request.deviceName });
  if (given !== 1) {
    const code = given === 0 ? "MISSING" : "CONFLICTING";
    faults.push({ field: "email", code }, { field: "username", code });
  }
  if (faults.length > 0) throw badUserInput(...faults);
}

/** A name that could belong to nobody is looked for all the same: the work stays equal. */
function normalName({ email, username }: SignInRequest): { column: string; name: string } {
  if (email != null) return { column: "email", name: parseEmail(email) ?? "" };
  const parsed = parseUsername(username ?? "");
  return { column: "username_key", name: "fault" in parsed ? "" : parsed.usernameKey };
}

async function findCredentials(
  { pool }: Services,
  { column, name }: ReturnType<typeof normalName>,
): Promise<Credentials | undefined> {
  const { rows } = await pool.query<Credentials>({
    name: `credentials-by-${column}`,
    text: `SELECT id, password_hash AS hash, pepper_id AS "pepperId", password_version AS version,
        email, email_verified AS "emailVerified", password_reset_required AS "resetRequired"
      FROM users WHERE ${column} = $1`,
    values: [name],
  });
  return rows[0];
}

/** An older cost or pepper is brought up to date; whatever goes wrong stops no sign-in. */
async function upgradeHash(
  { pool, passwords }: Services,
  { password }: SignInRequest,
  { id, hash }: Credentials,
  visitor: Visitor,
): Promise<void> {
  try {
    const upgraded = await passwords.hash(password);
    await pool.query(
      "UPDATE users SET password_hash = $1, pepper_id = $2 WHERE id = $3 AND password_hash = $4",
      [upgraded.hash, upgraded.pepperId, id, hash],
    );
  } catch (error) {
    visitor.log.warn({ event: "hash_upgrade_failed", userId: id, err: error }, "hash not upgraded");
  }
}

/**
 * SECURITY: locks the account and looks whether the password that was checked is still its own;
 * else a sign-in that overlaps a password change would leave a session that the change should end.
 */
async function openFor(
  services: Services,
  credentials: Credentials,
  request: SignInRequest,
  visitor: Visitor,
): Promise<OpenedSession | undefined> {
  return inTransaction(services.pool, async (client) => {
    const { rowCount } = await client.query(
      "SELECT FROM users WHERE id = $1 AND password_version = $2 FOR NO KEY UPDATE",
      [credentials.id, credentials.version],
    );
    if (rowCount !== 1) return undefined;
    const opened = await openSession(client, services.config, {
      userId: credentials.id,
      transport: request.transport,
      deviceName: tidy(request.deviceName),
      visitor,
    });
    const { id: sessionId, userId, device } = opened.row;
    const signedIn = { kind: ActivityKind.SIGNED_IN, userId, visitor, device, sessionId };
    await recordActivity(client, signedIn);
    await tellOfNewDevice(client, services, opened.row, visitor);
    return opened;
  });
}

/** SECURITY: written for an unknown name as for a known one: the work is equal (ASVS 6.3.8). */
async function refused(
  { pool }: Services,
  userId: string | null,
  visitor: Visitor,
  error = new AuthError("INVALID_CREDENTIALS"),
): Promise<AuthError> {
  await recordActivity(pool, { kind: ActivityKind.SIGN_IN_FAILED, userId, visitor });
  visitor.log.info(
    { event: "sign_in_failed", userId, reason: error.code, ip: visitor.ip },
    "sign-in failed",
  );
  return error;
}

/** The try is counted before the password is looked at, and taken back where that is right. */
async function checkPassword(
  services: Services,
  request: SignInRequest,
  visitor: Visitor,
): Promise<{ credentials: Credentials | undefined; verdict: Verdict }> {
  const typed = normalName(request);
  const credentials = await findCredentials(services, typed);
  const tried = {
    account: credentials && { id: credentials.id, passwordVersion: credentials.version },
    name: `${typed.column} ${typed.name}`,
    ip: visitor.ip,
    onHeldBack: () => credentials && tellOfWrongTries(services, credentials, visitor),
  };
  const verdict = await services.limits.passwords.check(tried, (mayOpen) =>
    services.passwords.verify(request.password, mayOpen ? credentials : undefined),
  );
  return { credentials, verdict };
}

/** What a right password alone is not enough for. */
async function checkStanding(services: Services, credentials: Credentials, visitor: Visitor) {
  const { id, email, version: passwordVersion, emailVerified, resetRequired } = credentials;
  if (resetRequired)
    throw await refused(services, id, visitor, new AuthError("PASSWORD_RESET_REQUIRED"));
  if (services.config.emailVerification !== "required" || emailVerified) return;
  const verificationToken = await askForCode(services, { id, email, passwordVersion }, visitor);
  const error = new AuthError("EMAIL_NOT_VERIFIED", { verificationToken });
  throw await refused(services, id, visitor, error);
}

/**
 * Signs in by email or username and opens a new session; whatever tokens the client still holds
 * are not taken over (OWASP ASVS 7.2.4).
 *
 * @throws {AuthError} INVALID_CREDENTIALS, the same in wording and work for an unknown name and a
 *   wrong password; PASSWORD_RESET_REQUIRED; EMAIL_NOT_VERIFIED; BAD_USER_INPUT; RATE_LIMITED and
 *   OVERLOADED, before anything is hashed
 */
export async function signIn(
  services: Services,
  request: SignInRequest,
  visitor: Visitor,
): Promise<Grant> {
  check(request);
  const { credentials, verdict } = await services.passwords.admit(() =>
    checkPassword(services, request, visitor),
  );
  const { matches, outdated } = verdict;
  if (credentials === undefined || !matches)
    throw await refused(services, credentials?.id ?? null, visitor);
  await checkStanding(services, credentials, visitor);
  if (outdated) await upgradeHash(services, request, credentials, visitor);
  const opened = await openFor(services, credentials, request, visitor);
  if (opened === undefined) throw await refused(services, credentials.id, visitor);
  services.endedSessions.add(opened.displaced);
  const { row, displaced } = opened;
  visitor.log.info(
    { event: "signed_in", userId: row.userId, sessionId: row.id, displaced, ip: visitor.ip },
    "signed in",
  );
  return grant(services, row, row.createdAt);
}
