import { findLeaks, makeNeedles } from "./find-leaks.js";
import { recordedSecrets } from "./issued-secrets.js";
import { databasesOf } from "./start-run.js";
import { type TestRun, withDatabase } from "./test-run.js";

/**
 * Looks through all that the run has left in its databases for any secret that a test has held.
 *
 * @returns a line about what was looked at, undefined when there was nothing to look for
 * @throws {Error} naming the columns, never the secret
 */
export async function lookForIssuedSecrets(run: TestRun): Promise<string | undefined> {
  const secrets = recordedSecrets(run.folder);
  const databases = await databasesOf(run);
  if (secrets.length === 0) {
    if (!databases.some((name) => name.startsWith(`${run.prefix}sessions_`))) return undefined;
    throw new Error("Session tests ran, but none of them recorded a secret to look for.");
  }
  const needles = makeNeedles(secrets);
  const leaks = new Set<string>();
  let rows = 0;
  for (const database of databases) {
    const found = await findLeaks(withDatabase(run.adminUrl, database), needles);
    rows += found.rows;
    for (const column of found.columns)
      leaks.add(`${database.slice(run.prefix.length)}: ${column}`);
  }
  const looked = `${secrets.length} issued secrets in ${rows} rows of ${databases.length} databases`;
  if (leaks.size === 0) return `Looked for ${looked}: none is stored.`;
  throw new Error(`Of ${looked}, some are stored in\n  ${[...leaks].join("\n  ")}`);
}
