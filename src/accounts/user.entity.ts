import { Field, ID, ObjectType } from "type-graphql";
import { Check, Column, Entity, Index, PrimaryGeneratedColumn, Unique } from "typeorm";
import { Role } from "./role.js";

/** A person's account. Only what carries `@Field` can ever leave through the API. */
@ObjectType({ description: "Every account has an email address. There are no anonymous users." })
@Entity("users")
@Unique("users_email_key", ["email"])
@Unique("users_username_key", ["usernameKey"])
@Check("users_role_check", `"role" IN ('USER', 'ADMIN')`)
export class User {
  @Field(() => ID, { description: "Never given to another account, also not after deletion." })
  @PrimaryGeneratedColumn("uuid", { primaryKeyConstraintName: "users_pkey" })
  id: string;

  /** Normalised (see email.ts): what is unique is what is stored. */
  @Field(() => String, { description: "Unique whatever its case." })
  @Column({ type: "varchar", length: 320 })
  email: string;

  @Field(() => Boolean, { description: "Whether the person has shown that they receive its mail." })
  @Column({ name: "email_verified", type: "boolean", default: false })
  emailVerified: boolean;

  /** As the person writes it. */
  @Field(() => String, {
    nullable: true,
    description: "3 to 32 characters; unique whatever its case.",
  })
  @Column({ type: "varchar", length: 32, nullable: true })
  username: string | null;

  /** The form that is compared (see username.ts). */
  @Column({ name: "username_key", type: "varchar", length: 128, nullable: true })
  usernameKey: string | null;

  @Field(() => String, { nullable: true, description: "At most 100 characters." })
  @Column({ name: "first_name", type: "varchar", length: 100, nullable: true })
  firstName: string | null;

  @Field(() => String, { nullable: true, description: "At most 100 characters." })
  @Column({ name: "last_name", type: "varchar", length: 100, nullable: true })
  lastName: string | null;

  @Field(() => String, {
    nullable: true,
    description: "An https URL of at most 2048 characters.",
  })
  @Column({ name: "avatar_url", type: "varchar", length: 2048, nullable: true })
  avatarUrl: string | null;

  @Field(() => Role, { description: "What the account may do beyond looking after itself." })
  @Column({ type: "varchar", length: 8, default: Role.USER })
  role: Role;

  @Column({ name: "password_hash", type: "varchar", length: 255 })
  passwordHash: string;

  /** Names the pepper under the hash; null for a plain bcrypt hash that was brought along. */
  @Index("users_pepper_id_idx")
  @Column({ name: "pepper_id", type: "varchar", length: 16, nullable: true })
  pepperId: string | null;

  /**
   * Counts changes of the password (not upgrades of its hash): a sign-in that was checked against
   * an older one opens no session.
   */
  @Column({ name: "password_version", type: "integer", default: 1 })
  passwordVersion: number;

  /** The owner reported a sign-in: the password opens nothing until it is reset. */
  @Column({ name: "password_reset_required", type: "boolean", default: false })
  passwordResetRequired: boolean;

  @Field(() => Date, { description: "When the account was made." })
  @Column({ name: "created_at", type: "timestamptz", default: () => "clock_timestamp()" })
  createdAt: Date;

  @Field(() => Date, { description: "When a field of it last changed." })
  @Column({ name: "updated_at", type: "timestamptz", default: () => "clock_timestamp()" })
  updatedAt: Date;
}
