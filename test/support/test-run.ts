/** What every worker of a jest run knows of it. */
export interface TestRun {
  /** For files that belong to the run; gone afterwards. */
  folder: string;
  /** May make databases and look into all of them. */
  adminUrl: string;
  /** The service's own role. */
  serviceUrl: string;
  /** A migrated database to copy; nobody may be connected to it. */
  template: string;
  /** Every database of the run begins with it. */
  prefix: string;
}

const variable = "GATEHOUSE_TEST_RUN";

/** By the environment: workers inherit it. */
export function announceTestRun(run: TestRun): void {
  process.env[variable] = JSON.stringify(run);
}

export function testRun(): TestRun {
  const text = process.env[variable];
  if (text === undefined) throw new Error("not inside a jest run (test/support/global-setup.mjs)");
  return JSON.parse(text);
}

/** The address of another database on the same server. */
export function withDatabase(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}
