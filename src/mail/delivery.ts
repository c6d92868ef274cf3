import type { RenderedLetter } from "./render.js";

/** A mail that is ready to go. */
export interface ReadyMail extends RenderedLetter {
  /** Of the outbox row; makes the Message-ID, so that a mail sent twice can be seen to be one. */
  id: string;
  to: string;
}

/** A way for mail to leave: SMTP, or the mailbox of development. */
export interface Delivery {
  /**
   * @param handOver called before the first byte of the content leaves, and waited for; when it
   *   throws, nothing leaves
   * @throws {DeliveryError}
   */
  send(mail: ReadyMail, handOver: () => Promise<void>): Promise<void>;
  /** Ends what is under way. */
  close(): void;
}

/** Whether the other side may have taken the mail all the same. */
export type Failure = "refused" | "unknown";

export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  /** @param reason for the log: it names no address, as a mail server's own words may */
  constructor(
    readonly failure: Failure,
    reason: string,
  ) {
    super(reason);
  }
}
