import { createPublicKey, generateKeyPairSync } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { inTransaction } from "../database/transaction.js";
import type { KeyRing } from "../secrets.js";
import { type EcJwk, ecJwk, thumbprint } from "./jwk.js";
import { type KeyPlan, planKeys } from "./key-schedule.js";
import type { ManagedKey } from "./key-set.js";
import { openPrivateKey, sealPrivateKey } from "./sealed-key.js";
import type { SigningKey } from "./signing-key.entity.js";

type Row = Omit<SigningKey, "createdAt">;

/** What was found in the table and done about it. */
export interface Maintenance {
  /** Those that a secret of ours opens, in the order in which they sign; at least one. */
  keys: ManagedKey[];
  made?: ManagedKey;
  retired: string[];
  /** Sealed anew under the first secret. */
  resealed: string[];
  /** No secret of ours opens them, or they were tampered with. */
  unreadable: string[];
}

/** The name of the lock among PostgreSQL's advisory locks: "keys" in ASCII. */
const advisoryLock = 0x6b657973;

function managedKey(kid: string, signsFrom: Date, privateKey: ManagedKey["privateKey"]) {
  const publicKey = createPublicKey(privateKey);
  const jwk = { ...ecJwk(publicKey), kid, use: "sig" as const, alg: "ES256" as const };
  return { kid, signsFrom, privateKey, publicKey, jwk };
}

/**
 * SECURITY: the public half that counts is the private one's, which only our secret can have
 * sealed: whoever can write to the table cannot add a key of their own.
 */
function open(row: Row, ring: KeyRing): ManagedKey | undefined {
  const secret = ring.find(row.secretId);
  const privateKey = secret && openPrivateKey(row.privateKey, row.kid, secret);
  if (privateKey === undefined) return undefined;
  const key = managedKey(row.kid, row.signsFrom, privateKey);
  const belongs = [key.jwk, row.publicKey].every((jwk) => thumbprint(jwk) === row.kid);
  return belongs ? key : undefined;
}

async function readRows(client: PoolClient): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `SELECT kid, public_key AS "publicKey", private_key AS "privateKey", secret_id AS "secretId",
       signs_from AS "signsFrom" FROM signing_keys ORDER BY signs_from, kid`,
  );
  return rows;
}

async function makeKey(client: PoolClient, signsFrom: Date, ring: KeyRing): Promise<ManagedKey> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk: EcJwk = ecJwk(publicKey);
  const kid = thumbprint(jwk);
  const { current } = ring;
  await client.query(
    `INSERT INTO signing_keys (kid, public_key, private_key, secret_id, signs_from)
     VALUES ($1, $2, $3, $4, $5)`,
    [kid, jwk, sealPrivateKey(privateKey, kid, current), current.id, signsFrom],
  );
  return managedKey(kid, signsFrom, privateKey);
}

async function reseal(client: PoolClient, key: ManagedKey, { current }: KeyRing): Promise<void> {
  await client.query("UPDATE signing_keys SET private_key = $2, secret_id = $3 WHERE kid = $1", [
    key.kid,
    sealPrivateKey(key.privateKey, key.kid, current),
    current.id,
  ]);
}

/** The time after the lock was had: a replica that waited must see what the other made. */
async function databaseTime(client: PoolClient): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>("SELECT clock_timestamp() AS now");
  return rows[0]?.now as Date;
}

async function carryOut(client: PoolClient, plan: KeyPlan, ring: KeyRing) {
  await client.query("DELETE FROM signing_keys WHERE kid = ANY ($1)", [plan.retire]);
  return plan.makeFrom && makeKey(client, plan.makeFrom, ring);
}

/**
 * Reads the signing keys and does what their schedule asks for. Replicas take turns, so that all of
 * them end up with the same keys.
 */
export function maintainSigningKeys(pool: Pool, ring: KeyRing): Promise<Maintenance> {
  return inTransaction(pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock($1)", [advisoryLock]);
    const now = await databaseTime(client);
    const read = (await readRows(client)).map((row) => ({ row, key: open(row, ring) }));
    const plan = planKeys(
      read.map(({ row, key }) => ({ ...row, usable: key !== undefined })),
      now,
    );
    const made = await carryOut(client, plan, ring);
    const kept = read.filter(({ row }) => !plan.retire.includes(row.kid));
    const stale = kept.filter(({ row }) => !ring.current.id.equals(row.secretId));
    const resealed = stale.flatMap(({ key }) => key ?? []);
    for (const key of resealed) await reseal(client, key, ring);
    return {
      keys: [...kept.flatMap(({ key }) => key ?? []), ...(made ? [made] : [])],
      made,
      retired: plan.retire,
      resealed: resealed.map(({ kid }) => kid),
      unreadable: kept.filter(({ key }) => key === undefined).map(({ row }) => row.kid),
    };
  });
}
