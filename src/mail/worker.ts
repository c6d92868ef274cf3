import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import type { Config } from "../config.js";
import type { Log } from "../log.js";
import type { Metrics } from "../metrics/metrics.js";
import type { KeyRing } from "../secrets.js";
import { type Delivery, DeliveryError } from "./delivery.js";
import type { Letter } from "./letter.js";
import type { SealedMail } from "./outbox.js";
import { renderLetter } from "./render.js";
import { unsealValue } from "./sealed-mail.js";
import { longestAttemptMilliseconds } from "./smtp.js";
import type { Frame } from "./templates/frame.js";
import { templates } from "./templates/index.js";

/** Mails under way at once, by one replica. */
const hands = 10;
const lookEveryMilliseconds = 1000;
/** The transaction that wrote a mail commits within this time, as a rule. */
const wakeAfterMilliseconds = 20;
const longestPauseSeconds = 300;
/** A replica that died with a row in its hands gives it back after this time. */
const leaseSeconds = (longestAttemptMilliseconds * 1.5) / 1000;
const patienceAtStopMilliseconds = 3000;

const claimStatement = {
  name: "claim-mails",
  text: `
    UPDATE mails m
    SET tries = m.tries + 1, next_try_at = clock_timestamp() + interval '${leaseSeconds} seconds'
    WHERE m.id IN (
      SELECT id FROM mails WHERE next_try_at <= clock_timestamp()
      ORDER BY next_try_at LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING m.id, m.sealed, m.decoy, m.once, m.tries,
      m.handed_over_at IS NOT NULL AS "handedOver", m.expires_at <= clock_timestamp() AS late`,
};

interface ClaimedMail {
  id: string;
  sealed: Buffer;
  decoy: boolean;
  once: boolean;
  /** Whose number still stands in the row holds it. */
  tries: number;
  handedOver: boolean;
  late: boolean;
}

export interface MailWorker {
  /** There may be something to send. */
  wake(): void;
  /** Waits a little for what is under way; what is left is sent by whoever starts next. */
  stop(): Promise<void>;
}

export interface MailWorkerParts {
  pool: Pool;
  keys: KeyRing;
  delivery: Delivery;
  config: Pick<Config, "publicUrl">;
  log: Log;
  metrics: Pick<Metrics, "mails">;
}

type Template = (values: unknown, frame: Frame) => Letter;

function createSender({ pool, keys, delivery, config, log, metrics }: MailWorkerParts) {
  const frame: Frame = {
    publicUrl: config.publicUrl,
    service: new URL(config.publicUrl).hostname,
  };

  const remove = ({ id, tries }: ClaimedMail) =>
    pool.query("DELETE FROM mails WHERE id = $1 AND tries = $2", [id, tries]);

  /** SECURITY: from here on it counts as sent; a code that is late, or is someone else's, stays. */
  const handOver = async ({ id, tries }: ClaimedMail) => {
    const { rowCount } = await pool.query(
      `UPDATE mails SET handed_over_at = clock_timestamp()
       WHERE id = $1 AND tries = $2 AND expires_at > clock_timestamp()`,
      [id, tries],
    );
    if (rowCount !== 1) throw new DeliveryError("refused", "the mail is no longer to be sent");
  };

  const again = ({ id, tries }: ClaimedMail) =>
    pool.query(
      `UPDATE mails SET handed_over_at = NULL,
         next_try_at = clock_timestamp() + $3::int * interval '1 second'
       WHERE id = $1 AND tries = $2`,
      [id, tries, Math.min(2 ** Math.min(tries - 1, 20), longestPauseSeconds)],
    );

  async function delay(mail: ClaimedMail, template: string, reason: string): Promise<void> {
    metrics.mails.count("delayed");
    log.warn({ event: "mail_delayed", mailId: mail.id, template, reason }, "mail not sent yet");
    await again(mail);
  }

  async function giveUp(mail: ClaimedMail, details: Record<string, unknown>): Promise<void> {
    metrics.mails.count("given_up");
    log.warn({ event: "mail_given_up", mailId: mail.id, ...details }, "mail given up");
    await remove(mail);
  }

  async function deliver(mail: ClaimedMail, { to, template, values }: SealedMail): Promise<void> {
    const letter = renderLetter((templates[template] as Template)(values, frame));
    try {
      await delivery.send({ id: mail.id, to, ...letter }, () => handOver(mail));
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      const { failure, message: reason } = error;
      // A code that may have arrived is not sent twice.
      if (failure === "unknown" && mail.once) return giveUp(mail, { template, reason });
      return delay(mail, template, reason);
    }
    await remove(mail);
    metrics.mails.count("sent");
    log.info({ event: "mail_sent", mailId: mail.id, template, tries: mail.tries }, "mail sent");
  }

  return async (mail: ClaimedMail): Promise<void> => {
    const content = unsealValue<SealedMail>(keys, mail.id, mail.sealed);
    const dead = mail.decoy || mail.late || (mail.handedOver && mail.once);
    if (!dead && content !== undefined) return deliver(mail, content);
    if (mail.decoy) await remove(mail);
    else await giveUp(mail, { late: mail.late });
  };
}

/** Sends what is in the outbox, on every replica: each row is in one worker's hands at a time. */
export function startMailWorker(parts: MailWorkerParts): MailWorker {
  const { pool, delivery, log } = parts;
  const sendOne = createSender(parts);
  const underWay = new Set<Promise<void>>();
  let stopped = false;
  let looking = false;
  let failing = false;

  const fail = (error: unknown) => {
    if (!failing) log.warn({ event: "mail_worker_failed", err: error }, "mail worker failed");
    failing = true;
  };

  async function look(): Promise<void> {
    if (stopped || looking || underWay.size >= hands) return;
    looking = true;
    try {
      const values = [hands - underWay.size];
      const { rows } = await pool.query<ClaimedMail>({ ...claimStatement, values });
      failing = false;
      for (const mail of rows) {
        const sending = sendOne(mail)
          .catch(fail)
          .finally(() => {
            underWay.delete(sending);
            if (rows.length === values[0]) wake();
          });
        underWay.add(sending);
      }
    } catch (error) {
      fail(error);
    } finally {
      looking = false;
    }
  }

  const timer = setInterval(look, lookEveryMilliseconds).unref();
  const wake = () => {
    if (!stopped) setTimeout(look, wakeAfterMilliseconds).unref();
  };

  return {
    wake,
    async stop() {
      stopped = true;
      clearInterval(timer);
      const settled = Promise.allSettled(underWay);
      await Promise.race([settled, sleep(patienceAtStopMilliseconds, undefined, { ref: false })]);
      delivery.close();
      await settled;
    },
  };
}
