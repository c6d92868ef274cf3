import type { Pool } from "pg";

/** Whether a question is answered now. */
export const isAnswering = (pool: Pool): Promise<boolean> =>
  pool.query("SELECT 1").then(
    () => true,
    () => false,
  );
