import type { Pool } from "pg";
import type { Config } from "../config.js";
import type { Log } from "../log.js";
import type { Metrics } from "../metrics/metrics.js";
import { keyRing } from "../secrets.js";
import { createMailbox, type Mailbox } from "./mailbox.js";
import { closedOutbox, createOutbox, type Outbox } from "./outbox.js";
import { createSmtpDelivery } from "./smtp.js";
import { type MailWorker, startMailWorker } from "./worker.js";

export type { Mailbox } from "./mailbox.js";
export type { NewMail, Outbox } from "./outbox.js";

/** Everything that has to do with mail: where it is put, and how it leaves. */
export interface MailRoom {
  outbox: Outbox;
  /** In development without SMTP_URL. */
  mailbox: Mailbox | undefined;
  close(): Promise<void>;
}

export function openMailRoom(parts: {
  config: Config;
  pool: Pool;
  log: Log;
  metrics: Metrics;
}): MailRoom {
  const { config, pool, log, metrics } = parts;
  const mailbox = config.smtpUrl === undefined && !config.production ? createMailbox() : undefined;
  const delivery =
    config.smtpUrl === undefined
      ? mailbox
      : createSmtpDelivery({ ...config, smtpUrl: config.smtpUrl });
  if (delivery === undefined) {
    log.info({ event: "no_mail" }, "no SMTP_URL: codes and notices are not sent");
    return { outbox: closedOutbox, mailbox, close: async () => undefined };
  }
  const keys = keyRing(config.authSecrets, "mailEncryption");
  const worker: MailWorker = startMailWorker({ pool, keys, delivery, config, log, metrics });
  const outbox = createOutbox({ config, keys, wake: worker.wake });
  return { outbox, mailbox, close: worker.stop };
}
