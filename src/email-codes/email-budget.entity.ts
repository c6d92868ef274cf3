import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** How much of something an account or an address has had since a time. */
@Entity("email_budgets")
export class EmailBudget {
  /** A hash: the table names nobody. */
  @PrimaryColumn({ type: "bytea", primaryKeyConstraintName: "email_budgets_pkey" })
  key: Buffer;

  @Index("email_budgets_started_at_idx")
  @Column({ name: "started_at", type: "timestamptz" })
  startedAt: Date;

  @Column({ type: "integer" })
  used: number;
}
