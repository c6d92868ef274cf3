import { Field, ID, Int, ObjectType } from "type-graphql";
import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { User } from "../accounts/user.entity.js";
import { SessionEndReason } from "./session-end-reason.js";
import type { TokenTransport } from "./token-transport.js";

/**
 * One signed-in device, in one row for as long as it lives. The row holds the generation of the
 * refresh token, never a token. A refresh changes no indexed column, so that PostgreSQL can update
 * in place (HOT): an index on one of those would end that, and grow with every refresh.
 */
@ObjectType({ description: "One signed-in device. It never exposes a token." })
@Entity("sessions")
@Check("sessions_transport_check", `"transport" IN ('BODY', 'COOKIE')`)
export class Session {
  @Field(() => ID, { description: "The `sid` of its access tokens." })
  @PrimaryColumn({ type: "uuid", primaryKeyConstraintName: "sessions_pkey" })
  id: string;

  @Index("sessions_user_id_idx")
  @Column({ name: "user_id", type: "uuid" })
  userId: string;

  @ManyToOne(() => User, { onDelete: "CASCADE" })
  @JoinColumn({ name: "user_id", foreignKeyConstraintName: "sessions_user_id_fkey" })
  user?: User;

  @Field(() => Boolean, {
    description:
      "True for the session that this client holds: the caller's, and the one that an AuthPayload opens or renews.",
  })
  current: boolean;

  @Column({ type: "varchar", length: 6 })
  transport: TokenTransport;

  /** Of the one refresh token that may be rotated next; the driver gives bigint as text. */
  @Column({ type: "bigint", default: 0 })
  generation: string;

  /** When the last generations were replaced, newest first, at most eight. */
  @Column({ name: "rotated_at", type: "timestamptz", array: true, default: () => "'{}'" })
  rotatedAt: Date[];

  /** SHA-256 of the retry key of the last rotation, if it had one. */
  @Column({ name: "retry_key_hash", type: "bytea", nullable: true })
  retryKeyHash: Buffer | null;

  @Field(() => String, {
    description:
      "Readable name from the user agent, or the deviceName given at sign-in: 'Firefox on Linux'.",
  })
  @Column({ type: "varchar", length: 100 })
  device: string;

  @Field(() => String, {
    nullable: true,
    description: "As sent at sign-in, at most 512 characters.",
  })
  @Column({ name: "user_agent", type: "varchar", length: 512, nullable: true })
  userAgent: string | null;

  /** RFC 8176: how the person proved who they are. */
  @Column({ type: "varchar", array: true, default: () => "'{pwd}'" })
  amr: string[];

  @Field(() => Date, { description: "When the person signed in." })
  @Column({ name: "created_at", type: "timestamptz" })
  createdAt: Date;

  @Field(() => String, { nullable: true, description: "The address it was opened from." })
  @Column({ name: "created_by_ip", type: "varchar", length: 45, nullable: true })
  createdByIp: string | null;

  @Field(() => Date, { description: "When it was opened or last refreshed." })
  @Column({ name: "last_used_at", type: "timestamptz" })
  lastUsedAt: Date;

  @Field(() => String, { nullable: true, description: "The address of that use." })
  @Column({ name: "last_used_by_ip", type: "varchar", length: 45, nullable: true })
  lastUsedByIp: string | null;

  @Field(() => Date, {
    description: "Moves forward with every refresh, up to absoluteExpiresAt.",
  })
  @Column({ name: "expires_at", type: "timestamptz" })
  expiresAt: Date;

  @Field(() => Date, { description: "When it ends however often it is refreshed." })
  @Column({ name: "absolute_expires_at", type: "timestamptz" })
  absoluteExpiresAt: Date;

  @Field(() => Int, {
    description: "How often the refresh token of this session has been rotated.",
  })
  rotations: number;

  @Field(() => Date, { nullable: true, description: "When it ended; null while it lives." })
  @Index("sessions_ended_at_idx", { where: `"ended_at" IS NOT NULL` })
  @Column({ name: "ended_at", type: "timestamptz", nullable: true })
  endedAt: Date | null;

  @Field(() => String, { nullable: true, description: "The address that ended it, if one did." })
  @Column({ name: "ended_by_ip", type: "varchar", length: 45, nullable: true })
  endedByIp: string | null;

  @Field(() => SessionEndReason, { nullable: true, description: "Why it ended." })
  @Column({ name: "end_reason", type: "varchar", length: 20, nullable: true })
  endReason: SessionEndReason | null;
}
