import { timingSafeEqual } from "node:crypto";
import type { ClientBase, Pool } from "pg";
import { columns } from "../database/columns.js";
import { AuthError, rateLimited } from "../errors/auth-error.js";
import type { KeyRing } from "../secrets.js";
import { refill, spend, triesBudget } from "./budget.js";
import { codeMac, type PresentedCode, readCode } from "./code-format.js";
import { type CodePurpose, ownerColumn } from "./code-purpose.js";
import type { EmailCode } from "./email-code.entity.js";

/** Tries of one code's digits (OWASP ASVS 6.5.1: what is short must not be guessed at). */
const maxTries = 5;

/** Whose code is expected, and for what. */
export interface ExpectedCode {
  purpose: CodePurpose;
  /** The value of the purpose's `ownerColumn`. */
  owner: string;
  /** Whose tries are counted; the owner's unless it says otherwise. */
  triesOf?: string;
}

export interface CodeParts {
  pool: Pool;
  codeKeys: KeyRing;
}

/** A code that has been found right, and not yet been used. */
export interface MatchedCode extends EmailCode {
  form: PresentedCode["form"];
  triesKey: string;
}

const fields = {
  id: "id",
  purpose: "purpose",
  userId: "user_id",
  registrationId: "registration_id",
  sessionId: "session_id",
  address: "address",
  keyId: "key_id",
  digitsMac: "digits_mac",
  linkMac: "link_mac",
  createdAt: "created_at",
} satisfies Partial<Record<keyof EmailCode, string>>;

const living = "c.expires_at > clock_timestamp()";

const triesKeyOf = ({ purpose, owner, triesOf = owner }: ExpectedCode) => `${purpose} ${triesOf}`;

/**
 * SECURITY: the try is counted in a statement of its own, before anything is compared, so that
 * neither an error nor a hundred requests at once give one for nothing (CVE-2026-110861). Only the
 * newest code counts, also when that one is exhausted.
 */
async function findByDigits(pool: Pool, expected: ExpectedCode): Promise<EmailCode | undefined> {
  const { allowed, retryAfter } = await spend(pool, triesBudget, triesKeyOf(expected));
  if (!allowed) throw rateLimited(retryAfter);
  const { rows } = await pool.query<EmailCode>(
    `UPDATE email_codes c SET tries = c.tries + 1
     WHERE c.digits_mac IS NOT NULL AND c.tries < ${maxTries} AND ${living} AND c.id = (
       SELECT id FROM email_codes
       WHERE purpose = $1 AND ${ownerColumn[expected.purpose]} = $2 AND digits_mac IS NOT NULL
       ORDER BY created_at DESC LIMIT 1)
     RETURNING ${columns("c", fields)}`,
    [expected.purpose, expected.owner],
  );
  return rows[0];
}

/** 128 bits are not guessed: nothing is counted, and nobody can use up somebody else's tries. */
async function findByLink(
  pool: Pool,
  { purpose, owner }: ExpectedCode,
  id: string,
): Promise<EmailCode | undefined> {
  const { rows } = await pool.query<EmailCode>(
    `SELECT ${columns("c", fields)} FROM email_codes c
     WHERE c.id = $1 AND c.purpose = $2 AND c.${ownerColumn[purpose]} = $3 AND ${living}`,
    [id, purpose, owner],
  );
  return rows[0];
}

function isRight(keys: KeyRing, row: EmailCode, { form, text }: PresentedCode): boolean {
  const key = keys.find(row.keyId);
  const stored = form === "digits" ? row.digitsMac : row.linkMac;
  if (key === undefined || stored === null) return false;
  return timingSafeEqual(codeMac(key, row, form, text), stored);
}

/**
 * Whether a code is right, without using it up.
 * @throws {AuthError} INVALID_CODE, one face for wrong, used, replaced, exhausted and expired;
 *   RATE_LIMITED when too many digits were tried
 */
export async function matchCode(
  { pool, codeKeys }: CodeParts,
  expected: ExpectedCode,
  code: string,
): Promise<MatchedCode> {
  const presented = readCode(code);
  if (presented === undefined) throw new AuthError("INVALID_CODE");
  const row =
    presented.form === "digits"
      ? await findByDigits(pool, expected)
      : await findByLink(pool, expected, presented.id);
  if (row === undefined || !isRight(codeKeys, row, presented)) throw new AuthError("INVALID_CODE");
  return { ...row, form: presented.form, triesKey: triesKeyOf(expected) };
}

/**
 * A link that says by itself whose it is, such as "this was not me".
 * @throws {AuthError} INVALID_CODE
 */
export async function matchLink(
  { pool, codeKeys }: CodeParts,
  purposes: readonly CodePurpose[],
  token: string,
): Promise<MatchedCode> {
  const presented = readCode(token);
  if (presented?.form !== "link") throw new AuthError("INVALID_CODE");
  const { rows } = await pool.query<EmailCode>(
    `SELECT ${columns("c", fields)} FROM email_codes c
     WHERE c.id = $1 AND c.purpose = ANY ($2) AND ${living}`,
    [presented.id, purposes],
  );
  const row = rows[0];
  if (row === undefined || !isRight(codeKeys, row, presented)) throw new AuthError("INVALID_CODE");
  return { ...row, form: "link", triesKey: "" };
}

/**
 * Uses a code up, in the transaction of what it is good for. One statement decides: of many at once
 * one finds the row.
 * @throws {AuthError} INVALID_CODE for all others; it rolls their transactions back
 */
export async function consumeCode(client: ClientBase, matched: MatchedCode): Promise<void> {
  const { rowCount } = await client.query(
    `DELETE FROM email_codes c WHERE c.id = $1 AND ${living}
       AND ($2 OR c.digits_mac IS NOT NULL)`,
    [matched.id, matched.form === "link"],
  );
  if (rowCount !== 1) throw new AuthError("INVALID_CODE");
  if (matched.triesKey !== "") await refill(client, triesBudget, matched.triesKey);
}

/** What was asked for before is worthless after a change of password or address (CS Forgot Password). */
export async function withdrawCodes(
  client: ClientBase,
  userId: string,
  purposes: readonly CodePurpose[],
): Promise<void> {
  await client.query("DELETE FROM email_codes WHERE user_id = $1 AND purpose = ANY ($2)", [
    userId,
    purposes,
  ]);
}
