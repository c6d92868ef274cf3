import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { recordSecret } from "./issued-secrets.js";

/** As `/dev/mailbox.json` shows it. */
export interface ReceivedMail {
  id: string;
  at: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  code: string | null;
}

const patienceMilliseconds = 8000;

export async function mailbox(app: FastifyInstance): Promise<ReceivedMail[]> {
  const { body } = await app.inject({ url: "/dev/mailbox.json" });
  return JSON.parse(body);
}

/** Newest first. */
export const mailsTo = async (app: FastifyInstance, address: string): Promise<ReceivedMail[]> =>
  (await mailbox(app)).filter(({ to }) => to === address);

/** The value that a mail's link carries in its fragment. */
export function linkValue({ text }: Pick<ReceivedMail, "text">, name: "code" | "token"): string {
  const [link = ""] = /https?:\/\/\S+#\S+/.exec(text) ?? [];
  const value = new URLSearchParams(new URL(link).hash.slice(1)).get(name);
  if (value === null) throw new Error(`the mail has no link with ${name}`);
  recordSecret(value);
  return value;
}

/** Waits for the newest mail to an address whose subject fits, once there are `count` of them. */
export async function mailTo(
  app: FastifyInstance,
  address: string,
  subject = /./,
  count = 1,
): Promise<ReceivedMail> {
  for (const until = Date.now() + patienceMilliseconds; ; ) {
    const mails = (await mailsTo(app, address)).filter((mail) => subject.test(mail.subject));
    if (mails.length >= count && mails[0] !== undefined) return mails[0];
    if (Date.now() > until) throw new Error(`no mail ${subject} to ${address}`);
    await sleep(15);
  }
}

/** The six digits of the newest such mail. */
export async function codeFor(
  app: FastifyInstance,
  address: string,
  subject = /./,
  count = 1,
): Promise<string> {
  const { code } = await mailTo(app, address, subject, count);
  if (code === null) throw new Error("the mail has no code");
  return code;
}
