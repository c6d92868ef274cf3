import type { Pool, PoolClient } from "pg";

/** A connection that dies while it is checked out must not end the process; the query reports it. */
const ignore = () => undefined;

/**
 * Runs `work` in one transaction: committed when it returns, rolled back when it throws.
 * Whatever must outlive an error is therefore committed before it is thrown.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  client.on("error", ignore);
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((fault: Error) => {
      broken = fault;
    });
    throw error;
  } finally {
    client.removeListener("error", ignore);
    client.release(broken);
  }
}
