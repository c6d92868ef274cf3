import { Field, ID, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryGeneratedColumn } from "typeorm";
import { ActivityKind } from "./activity-kind.js";

/**
 * One thing that happened to an account. Rows are only ever added: a trigger refuses to change or
 * remove them (see the migration), but for two ways that it checks itself: a deleted account's rows
 * lose address and device, and what is past its retention goes.
 */
@ObjectType({ description: "One thing that happened to the caller's account." })
@Entity("activities")
@Index("activities_user_id_idx", ["userId", "at", "id"])
export class Activity {
  @Field(() => ID, { description: "Of this entry." })
  @PrimaryGeneratedColumn("uuid", { primaryKeyConstraintName: "activities_pkey" })
  id: string;

  /**
   * No foreign key: the history outlives the account. Null where somebody named an account that
   * does not exist: the same work, and the same row, as for one that does.
   */
  @Column({ name: "user_id", type: "uuid", nullable: true })
  userId: string | null;

  @Field(() => ActivityKind, { description: "What happened." })
  @Column({ type: "varchar", length: 32 })
  kind: ActivityKind;

  /** Rows are added in its order, so that a block-range index of a few pages serves the retention. */
  @Field(() => Date, { description: "When it happened." })
  @Index("activities_at_idx", { synchronize: false })
  @Column({ type: "timestamptz", default: () => "clock_timestamp()" })
  at: Date;

  @Field(() => String, { nullable: true, description: "The address it came from." })
  @Column({ type: "varchar", length: 45, nullable: true })
  ip: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The device of the session; without one the device that asked.",
  })
  @Column({ type: "varchar", length: 100, nullable: true })
  device: string | null;

  @Field(() => ID, { nullable: true, description: "The session it is about, if it is about one." })
  @Column({ name: "session_id", type: "uuid", nullable: true })
  sessionId: string | null;
}
