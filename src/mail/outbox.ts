import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import type { Config } from "../config.js";
import type { KeyRing } from "../secrets.js";
import { sealValue } from "./sealed-mail.js";
import type { MailContent, TemplateName } from "./templates/index.js";

/** What a row of the outbox holds, sealed. */
export type SealedMail = { to: string } & MailContent;

export interface NewMail {
  to: string;
  /** Whose mail it is; null for an address that belongs to no account. */
  userId: string | null;
  content: MailContent;
  /** Written and thrown away: nobody has the address, and the work is to be equal. */
  decoy?: boolean;
}

export interface Outbox {
  /** In the transaction of the deed: the mail exists exactly when the deed does. */
  put(client: ClientBase, mail: NewMail): Promise<void>;
}

/** A notice that is older than this explains nothing any more. */
const noticeTtlSeconds = 3 * 86_400;

const carriesCode = new Set<TemplateName>(["verifyEmail", "resetPassword", "changeEmail"]);

/** @param wake tells the worker that there may be something to send */
export function createOutbox(parts: {
  config: Pick<Config, "emailCodeTtlSeconds">;
  keys: KeyRing;
  wake: () => void;
}): Outbox {
  return {
    async put(client, { to, userId, content, decoy = false }) {
      const id = randomUUID();
      const once = carriesCode.has(content.template);
      await client.query({
        name: "put-mail",
        text: `INSERT INTO mails (id, user_id, sealed, decoy, once, expires_at)
          VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6::int * interval '1 second')`,
        values: [
          id,
          userId,
          sealValue(parts.keys, id, { to, ...content } satisfies SealedMail),
          decoy,
          once,
          once ? parts.config.emailCodeTtlSeconds : noticeTtlSeconds,
        ],
      });
      parts.wake();
    },
  };
}

/** Where no mail can leave (production with verification off and no SMTP_URL), none is written. */
export const closedOutbox: Outbox = { put: async () => undefined };
