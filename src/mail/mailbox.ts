import type { Delivery, ReadyMail } from "./delivery.js";

export interface MailboxEntry extends ReadyMail {
  /** ISO 8601. */
  at: string;
}

/** Where mail goes in development without SMTP_URL: into memory, to be read at /dev/mailbox. */
export interface Mailbox extends Delivery {
  /** Newest first. */
  list(): readonly MailboxEntry[];
}

const kept = 200;

export function createMailbox(): Mailbox {
  const entries: MailboxEntry[] = [];
  return {
    async send(mail, handOver) {
      await handOver();
      entries.unshift({ ...mail, at: new Date().toISOString() });
      entries.length = Math.min(entries.length, kept);
    },
    list: () => entries,
    close: () => undefined,
  };
}
