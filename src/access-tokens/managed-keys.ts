import type { Pool } from "pg";
import type { Log } from "../log.js";
import type { KeyRing } from "../secrets.js";
import { type KeySet, managedKeySet } from "./key-set.js";
import { type Maintenance, maintainSigningKeys } from "./signing-key-store.js";

/** Keys that the service makes, publishes, changes and retires by itself. */
export interface ManagedKeys {
  current(): KeySet;
  /** Reads the table and keeps to the schedule; a failure is logged and changes nothing. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

const reloadMilliseconds = 300_000;

function report({ made, retired, resealed, unreadable }: Maintenance, log: Log): void {
  if (unreadable.length > 0)
    log.warn(
      { event: "signing_keys_unreadable", kids: unreadable },
      "no secret of AUTH_SECRET opens these signing keys: tokens that they signed are refused",
    );
  if (made !== undefined)
    log.info(
      { event: "signing_key_made", kid: made.kid, signsFrom: made.signsFrom },
      "made a signing key",
    );
  if (retired.length > 0)
    log.info({ event: "signing_keys_retired", kids: retired }, "retired signing keys");
  if (resealed.length > 0)
    log.info(
      { event: "signing_keys_resealed", kids: resealed },
      "sealed signing keys under the first secret of AUTH_SECRET",
    );
}

/** Two sets are the same when they have the same keys at the same times. */
const print = ({ keys }: Maintenance) =>
  keys.map(({ kid, signsFrom }) => `${kid} ${signsFrom.toISOString()}`).join();

/** @throws when the keys cannot be read at the start */
export async function openManagedKeys(pool: Pool, ring: KeyRing, log: Log): Promise<ManagedKeys> {
  let maintenance = await maintainSigningKeys(pool, ring);
  let keySet = managedKeySet(maintenance.keys);
  report(maintenance, log);

  const read = async () => {
    const before = print(maintenance);
    maintenance = await maintainSigningKeys(pool, ring);
    if (print(maintenance) !== before) keySet = managedKeySet(maintenance.keys);
    report(maintenance, log);
  };

  // One after the other: of two at once the older would win.
  let reading = Promise.resolve();
  const reload = () => {
    reading = reading.then(read).catch((err) => {
      log.error({ event: "signing_keys_reload_failed", err }, "signing keys not reloaded");
    });
    return reading;
  };

  const timer = setInterval(reload, reloadMilliseconds);
  timer.unref();
  return {
    current: () => keySet,
    reload,
    async close() {
      clearInterval(timer);
      await reading;
    },
  };
}
