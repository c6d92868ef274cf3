import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/**
 * A registration that waits until its address is proved (EMAIL_VERIFICATION=required). It is no
 * account: nobody can sign in with it, and it holds neither the address nor the username.
 */
@Entity("registrations")
export class Registration {
  @PrimaryColumn({ type: "uuid", primaryKeyConstraintName: "registrations_pkey" })
  id: string;

  @Index("registrations_email_idx")
  @Column({ type: "varchar", length: 320 })
  email: string;

  @Column({ type: "varchar", length: 32, nullable: true })
  username: string | null;

  @Column({ name: "username_key", type: "varchar", length: 128, nullable: true })
  usernameKey: string | null;

  @Column({ name: "first_name", type: "varchar", length: 100, nullable: true })
  firstName: string | null;

  @Column({ name: "last_name", type: "varchar", length: 100, nullable: true })
  lastName: string | null;

  @Column({ name: "avatar_url", type: "varchar", length: 2048, nullable: true })
  avatarUrl: string | null;

  @Column({ name: "password_hash", type: "varchar", length: 255 })
  passwordHash: string;

  @Column({ name: "pepper_id", type: "varchar", length: 16 })
  pepperId: string;

  @Index("registrations_created_at_idx")
  @Column({ name: "created_at", type: "timestamptz", default: () => "clock_timestamp()" })
  createdAt: Date;
}
