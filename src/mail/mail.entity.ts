import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** The outbox: a mail that is still to be sent. The row goes once it has been, or is too late. */
@Entity("mails")
export class Mail {
  @PrimaryColumn({ type: "uuid", primaryKeyConstraintName: "mails_pkey" })
  id: string;

  /** Whose it is, so that it goes with the account. */
  @Index("mails_user_id_idx")
  @Column({ name: "user_id", type: "uuid", nullable: true })
  userId: string | null;

  /** Address and content, encrypted: no code is readable in the database. */
  @Column({ type: "bytea" })
  sealed: Buffer;

  /** For nobody: written where an address is not known, so that the work is equal. */
  @Column({ type: "boolean" })
  decoy: boolean;

  /** Never sent twice; for a notice twice is better than never. */
  @Column({ type: "boolean" })
  once: boolean;

  @Column({ type: "integer", default: 0 })
  tries: number;

  @Index("mails_next_try_at_idx")
  @Column({ name: "next_try_at", type: "timestamptz", default: () => "clock_timestamp()" })
  nextTryAt: Date;

  /** From here on the mail server may have it, whatever we hear. */
  @Column({ name: "handed_over_at", type: "timestamptz", nullable: true })
  handedOverAt: Date | null;

  /** Not sent after it. */
  @Column({ name: "expires_at", type: "timestamptz" })
  expiresAt: Date;
}
