import { Readable } from "node:stream";
import MailComposer from "nodemailer/lib/mail-composer";
import { parseConnectionUrl } from "nodemailer/lib/shared";
import SMTPConnection, { type SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";
import type { Config } from "../config.js";
import { type Delivery, DeliveryError, type ReadyMail } from "./delivery.js";

/** Milliseconds. A mail server may think for long; the outbox waits, and no request does. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 60_000 };

/** From connect to the last answer; shorter than the outbox's lease of a row. */
export const longestAttemptMilliseconds = 120_000;

type Auth = { user?: string; pass?: string };

/** What nodemailer says of a failure beside its message. */
type SmtpError = { code?: string; command?: string; responseCode?: number };

const compose = (mail: ReadyMail, config: Pick<Config, "mailFrom" | "publicUrl">) =>
  new MailComposer({
    from: config.mailFrom,
    to: mail.to,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: `<${mail.id}@${new URL(config.publicUrl).hostname}>`,
    // RFC 3834: no holiday message in answer.
    headers: { "auto-submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();

/** Read once the server has said "go ahead" (354) and not before: then it is handed over. */
const contentAfter = (handOver: () => Promise<void>, content: Buffer) => {
  let begun = false;
  return new Readable({
    read() {
      if (begun) return;
      begun = true;
      handOver().then(
        () => {
          this.push(content);
          this.push(null);
        },
        (error: Error) => this.destroy(error),
      );
    },
  });
};

async function converse(
  connection: SMTPConnection,
  auth: Auth | undefined,
  envelope: { from: string | false; to: string[] },
  content: Readable,
): Promise<void> {
  const step = <T>(start: (done: (error?: Error | null, result?: T) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      connection.once("error", reject);
      // Closed by us or by them: a callback may then never come.
      connection.once("end", () => reject(new Error("the connection was closed")));
      start((error) => (error ? reject(error) : resolve()));
    });
  await step((done) => connection.connect(done));
  if (auth?.user !== undefined) await step((done) => connection.login({ credentials: auth }, done));
  await step((done) => connection.send(envelope, content, done));
}

/** Mail by SMTP, one connection a mail. nodemailer speaks the protocol; SMTP_URL takes its options. */
export function createSmtpDelivery(
  config: Pick<Config, "mailFrom" | "publicUrl"> & { smtpUrl: string },
): Delivery {
  const options = parseConnectionUrl(config.smtpUrl) as SMTPConnectionOptions & { auth?: Auth };
  const open = new Set<SMTPConnection>();

  return {
    async send(mail, handOver) {
      const message = compose(mail, config);
      const raw = await message.build();
      let handedOver = false;
      const content = contentAfter(async () => {
        await handOver();
        handedOver = true;
      }, raw);
      const connection = new SMTPConnection({ ...timeouts, ...options });
      // What comes after the conversation has failed is no news.
      connection.on("error", () => undefined);
      open.add(connection);
      const deadline = setTimeout(() => connection.close(), longestAttemptMilliseconds).unref();
      try {
        await converse(connection, options.auth, message.getEnvelope(), content);
        connection.quit();
      } catch (error) {
        connection.close();
        const { code, command, responseCode } = error as SmtpError;
        const reason = [code, command, responseCode].filter(Boolean).join(" ") || "closed";
        const isUnknown = handedOver && responseCode === undefined;
        throw new DeliveryError(isUnknown ? "unknown" : "refused", reason);
      } finally {
        clearTimeout(deadline);
        open.delete(connection);
      }
    },

    close() {
      for (const connection of open) connection.close();
    },
  };
}
