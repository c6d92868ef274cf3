import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** The table that rate-limiter-flexible counts in, in the order of columns that it expects. */
@Entity("rate_limits")
export class RateLimit {
  /** The limit's name and a MAC of whom it is about: the table names nobody. */
  @PrimaryColumn({ type: "varchar", length: 255, primaryKeyConstraintName: "rate_limits_pkey" })
  key: string;

  @Column({ type: "integer", default: 0 })
  points: number;

  /** Milliseconds since 1970; null: never. */
  @Index("rate_limits_expire_idx")
  @Column({ type: "bigint", nullable: true })
  expire: string | null;
}
