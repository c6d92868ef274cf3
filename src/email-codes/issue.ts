import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import type { KeyRing } from "../secrets.js";
import { type CodePair, codeMac, makeCodes } from "./code-format.js";
import { CodePurpose, ownerColumn } from "./code-purpose.js";

export interface CodeRequest {
  purpose: CodePurpose;
  /** Null: nobody has the address, or the registration waits. */
  userId: string | null;
  registrationId?: string | null;
  sessionId?: string | null;
  /** Where it is sent to. */
  address: string;
  ttlSeconds: number;
}

/** Links that say "this was not me" stand for one event each, and have no digits. */
const hasDigits = (purpose: CodePurpose) =>
  purpose !== CodePurpose.REPORT && purpose !== CodePurpose.RESTORE;

async function replaceDigits(client: ClientBase, { purpose, ...owner }: CodeRequest) {
  const column = ownerColumn[purpose];
  const values = {
    user_id: owner.userId,
    registration_id: owner.registrationId,
    address: owner.address,
  };
  await client.query({
    name: `replace-digits-by-${column}`,
    text: `UPDATE email_codes SET digits_mac = NULL
      WHERE purpose = $1 AND ${column} = $2 AND digits_mac IS NOT NULL`,
    values: [purpose, values[column]],
  });
}

/**
 * Makes the codes of one mail, in the transaction in which the mail is put into the outbox. The
 * digits of older mails are worthless from now on; their links stay until they expire, so that a
 * stranger who asks for mails all the time takes nothing away.
 */
export async function issueCodes(
  client: ClientBase,
  keys: KeyRing,
  request: CodeRequest,
): Promise<CodePair> {
  const { purpose, userId, registrationId = null, sessionId = null, address } = request;
  const id = randomUUID();
  const codes = makeCodes(id);
  const binding = { id, purpose, userId, registrationId, address };
  const mac = (form: keyof CodePair) => codeMac(keys.current, binding, form, codes[form]);
  if (hasDigits(purpose)) await replaceDigits(client, request);
  await client.query({
    name: "issue-email-codes",
    text: `
      INSERT INTO email_codes (id, purpose, user_id, registration_id, session_id, address, key_id,
        digits_mac, link_mac, expires_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() + $10::int * interval '1 second')`,
    values: [
      ...[id, purpose, userId, registrationId, sessionId, address, keys.current.id],
      hasDigits(purpose) ? mac("digits") : null,
      mac("link"),
      request.ttlSeconds,
    ],
  });
  return codes;
}
