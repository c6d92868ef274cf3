import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import type { CodePurpose } from "./code-purpose.js";

/**
 * One mail's worth of single-use codes: six digits to type, and a long one for the mail's link. Of
 * each only a MAC is stored; the row goes when one of them is used. Nothing refers to other tables,
 * so that a row for an address that nobody has costs the same as one for somebody's.
 */
@Entity("email_codes")
export class EmailCode {
  @PrimaryColumn({ type: "uuid", primaryKeyConstraintName: "email_codes_pkey" })
  id: string;

  @Column({ type: "varchar", length: 16 })
  purpose: CodePurpose;

  /** Null: nobody has the address, or not yet. */
  @Index("email_codes_user_id_idx")
  @Column({ name: "user_id", type: "uuid", nullable: true })
  userId: string | null;

  @Index("email_codes_registration_id_idx")
  @Column({ name: "registration_id", type: "uuid", nullable: true })
  registrationId: string | null;

  /** The session that a REPORT is about. */
  @Column({ name: "session_id", type: "uuid", nullable: true })
  sessionId: string | null;

  /** The address that it was sent to. */
  @Index("email_codes_address_idx")
  @Column({ type: "varchar", length: 320 })
  address: string;

  /** Names the secret under the MACs. */
  @Column({ name: "key_id", type: "bytea" })
  keyId: Buffer;

  /** Null once a newer code has replaced the digits, and where there were none. */
  @Column({ name: "digits_mac", type: "bytea", nullable: true })
  digitsMac: Buffer | null;

  @Column({ name: "link_mac", type: "bytea" })
  linkMac: Buffer;

  /** How often digits were tried: counted before they are compared. */
  @Column({ type: "smallint", default: 0 })
  tries: number;

  @Column({ name: "created_at", type: "timestamptz", default: () => "clock_timestamp()" })
  createdAt: Date;

  @Index("email_codes_expires_at_idx")
  @Column({ name: "expires_at", type: "timestamptz" })
  expiresAt: Date;
}
