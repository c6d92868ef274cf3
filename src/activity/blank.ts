import type { ClientBase } from "pg";

const sliceRows = 1000;

const blankSlice = {
  name: "blank-activities",
  text: `
    UPDATE activities SET ip = NULL, device = NULL WHERE id = ANY (ARRAY(
      SELECT id FROM activities
      WHERE user_id = $1 AND (ip IS NOT NULL OR device IS NOT NULL) LIMIT ${sliceRows}))`,
};

/**
 * Takes addresses and devices out of the history of an account that is gone, in the transaction in
 * which it goes. In slices: a history that others have filled with failed sign-ins would not fit
 * the time that a statement has, and its owner could never leave.
 */
export async function blankActivities(
  client: Pick<ClientBase, "query">,
  userId: string,
): Promise<void> {
  let blanked: number | null;
  do {
    const { rowCount } = await client.query({ ...blankSlice, values: [userId] });
    blanked = rowCount;
  } while (blanked === sliceRows);
}
