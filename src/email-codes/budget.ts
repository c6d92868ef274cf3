import { createHash } from "node:crypto";
import type { Pool } from "pg";

export interface Budget {
  name: string;
  /** How many within the window. */
  limit: number;
  windowSeconds: number;
}

/** Mails that strangers can cause, by address and by account: enough for a bad day. */
export const mailBudget: Budget = { name: "mails", limit: 10, windowSeconds: 3600 };

/**
 * Digits that may be tried, by purpose and account: one in fifty thousand guesses a day comes true.
 * Asking for new codes does not refill it; the link in the mail does not draw on it.
 */
export const triesBudget: Budget = { name: "tries", limit: 20, windowSeconds: 86_400 };

/** Rows that no budget needs any more. */
export const longestWindowSeconds = triesBudget.windowSeconds;

const keyOf = ({ name }: Budget, of: string) =>
  createHash("sha256").update(`gatehouse ${name} v1\0`).update(of).digest();

const spendStatement = {
  name: "spend-email-budget",
  text: `
    INSERT INTO email_budgets AS b (key, started_at, used) VALUES ($1, clock_timestamp(), 1)
    ON CONFLICT (key) DO UPDATE SET
      used = CASE WHEN b.started_at <= clock_timestamp() - $2::int * interval '1 second'
        THEN 1 ELSE b.used + 1 END,
      started_at = CASE WHEN b.started_at <= clock_timestamp() - $2::int * interval '1 second'
        THEN clock_timestamp() ELSE b.started_at END
    RETURNING used, ceil(extract(epoch FROM
      b.started_at + $2::int * interval '1 second' - clock_timestamp()))::int AS "secondsLeft"`,
};

export interface Spent {
  /** Whether there was one left. */
  allowed: boolean;
  /** Seconds until there is one more; 0 while there is. */
  retryAfter: number;
}

/** Takes one, in a statement of its own that no later error undoes; counts also what is too much. */
export async function spend(pool: Pool, budget: Budget, of: string): Promise<Spent> {
  const values = [keyOf(budget, of), budget.windowSeconds];
  const { rows } = await pool.query({ ...spendStatement, values });
  const { used, secondsLeft } = rows[0] as { used: number; secondsLeft: number };
  return {
    allowed: used <= budget.limit,
    retryAfter: used < budget.limit ? 0 : Math.max(1, secondsLeft),
  };
}

/** The person has shown that they read the mail: what strangers have used up is given back. */
export async function refill(pool: Pick<Pool, "query">, budget: Budget, of: string): Promise<void> {
  await pool.query("DELETE FROM email_budgets WHERE key = $1", [keyOf(budget, of)]);
}
