import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from "jose";
import type { Pool } from "pg";
import { pino } from "pino";
import { type AccessTokens, openAccessTokens } from "../../src/access-tokens/index.js";
import { poolOf } from "../../src/database/pool.js";
import { movableClock } from "../support/clock.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { config, makeManagedKey, newSecret, subject } from "./support.js";

const issuer = config.publicUrl;
const [first, second] = [newSecret(), newSecret()];

let database: TestDatabase;
let pool: Pool;
let opened: AccessTokens[] = [];
let logged: { event: string; [field: string]: unknown }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  pool = poolOf(database.dataSource);
});
afterAll(() => database.close());
beforeEach(async () => {
  await Promise.all(opened.map((replica) => replica.close()));
  opened = [];
  logged = [];
  await pool.query("DELETE FROM signing_keys");
});

const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
const events = () => logged.map(({ event }) => event);

/** A replica that starts. */
async function openReplica(
  changes: Partial<typeof settings> = {},
  on: Pick<Pool, "connect"> = pool,
) {
  const replica = await openAccessTokens({
    config: { ...settings, ...changes },
    pool: on as Pool,
    clock: movableClock(),
    log,
  });
  opened.push(replica);
  return replica;
}
const settings = {
  ...config,
  accessTokenSecret: undefined as Buffer | undefined,
  authSecrets: [first],
};

const issue = async (replica: AccessTokens) => {
  const { rows } = await pool.query("SELECT clock_timestamp() AS now");
  return replica.sign(subject({ issuedAt: rows[0].now })).accessToken;
};
const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;
const kids = (replica: AccessTokens) => replica.jwks().keys.map(({ kid }) => kid);
const readRows = async () =>
  (await pool.query("SELECT * FROM signing_keys ORDER BY signs_from, kid")).rows;
/** Lets time pass for the keys: the database's clock cannot be moved. */
const age = (interval: string) =>
  pool.query("UPDATE signing_keys SET signs_from = signs_from - $1::interval", [interval]);

test("an independent library accepts a token by the JWKS alone", async () => {
  const replica = await openReplica();
  const who = subject({ role: "ADMIN", emailVerified: true, amr: ["pwd", "otp"] });
  const { accessToken, expiresIn } = replica.sign(who);
  const { keys } = replica.jwks();
  const verified = await jwtVerify(accessToken, createLocalJWKSet({ keys: [...keys] }), {
    issuer,
    audience: config.accessTokenAudience,
    typ: "at+jwt",
    algorithms: ["ES256"],
    requiredClaims: ["sub", "sid", "jti", "iat", "exp", "auth_time"],
  });
  const iat = Math.floor(who.issuedAt.getTime() / 1000);
  expect(expiresIn).toBe(900);
  expect(verified.protectedHeader.kid).toBe(await calculateJwkThumbprint({ ...keys[0] }));
  expect(verified.payload).toEqual({
    iss: issuer,
    aud: "gatehouse",
    sub: who.userId,
    sid: who.sessionId,
    iat,
    exp: iat + 900,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    auth_time: Math.floor(who.authenticatedAt.getTime() / 1000),
    amr: ["pwd", "otp"],
    role: "ADMIN",
    email_verified: true,
  });
  expect(replica.verify(accessToken)).toEqual({ ok: true, claims: verified.payload });
});

test("no two tokens are the same", async () => {
  const replica = await openReplica();
  const who = subject();
  expect(replica.sign(who).accessToken).not.toBe(replica.sign(who).accessToken);
});

test("replicas that open an empty table at once have one signing key", async () => {
  const replicas = await Promise.all(Array.from({ length: 5 }, () => openReplica()));
  expect(await readRows()).toHaveLength(1);
  const tokens = await Promise.all(replicas.map(issue));
  expect(new Set(tokens.map(kidOf)).size).toBe(1);
  for (const replica of replicas)
    for (const token of tokens) expect(replica.verify(token)).toMatchObject({ ok: true });
});

test("a restart keeps the key", async () => {
  const token = await issue(await openReplica());
  expect((await openReplica()).verify(token)).toMatchObject({ ok: true });
  expect(await readRows()).toHaveLength(1);
});

test("the private half is not readable in the table", async () => {
  await openReplica();
  const [row] = await readRows();
  expect(Object.keys(row.public_key).sort()).toEqual(["crv", "kty", "x", "y"]);
  // What every PKCS #8 form of a P-256 key begins with.
  const plainHeader = Buffer.from("301306072a8648ce3d020106082a8648ce3d030107", "hex");
  expect(row.private_key.includes(plainHeader)).toBe(false);
  expect(row.private_key.includes(Buffer.from(row.public_key.x, "base64url"))).toBe(false);
});

describe("a key's life", () => {
  test("published, signing, published still, gone: and no token is refused on the way", async () => {
    const replica = await openReplica();
    const oldToken = await issue(replica);
    const [oldKid] = kids(replica);

    await age("28 days 23 hours");
    await replica.reload();
    expect(kids(replica)).toEqual([oldKid]);

    await age("2 hours");
    await replica.reload();
    const [, newKid] = kids(replica);
    expect(kids(replica)).toEqual([oldKid, newKid]);
    expect(kidOf(await issue(replica))).toBe(oldKid);

    await age("1 day 1 minute");
    await replica.reload();
    const newToken = await issue(replica);
    expect(kidOf(newToken)).toBe(newKid);
    expect(kids(replica)).toEqual([oldKid, newKid]);
    for (const token of [oldToken, newToken])
      expect(replica.verify(token)).toMatchObject({ ok: true });

    await age("1 day 2 hours");
    await replica.reload();
    expect(kids(replica)).toEqual([newKid]);
    expect(replica.verify(newToken)).toMatchObject({ ok: true });
    expect(replica.verify(oldToken)).toEqual({ ok: false, reason: "INVALID" });
    expect(events()).toEqual(["signing_key_made", "signing_key_made", "signing_keys_retired"]);
  });

  test("replicas change keys by the database's time of the sign-in, not when they look", async () => {
    const [a, b] = [await openReplica(), await openReplica()];
    await age("29 days 1 minute");
    await Promise.all([a.reload(), b.reload()]);
    expect(kids(a)).toEqual(kids(b));
    const [oldKid, newKid] = kids(a);
    const signedAt = (days: number) => {
      const issuedAt = new Date(Date.now() + days * 86_400_000);
      return [a, b].map((replica) => kidOf(replica.sign(subject({ issuedAt })).accessToken));
    };
    expect(signedAt(0.9)).toEqual([oldKid, oldKid]);
    expect(signedAt(1.1)).toEqual([newKid, newKid]);
  });

  test("a token from before the first key, by a clock that was set back, is signed all the same", async () => {
    const replica = await openReplica();
    const issuedAt = new Date(Date.now() - 60_000);
    expect(replica.verify(replica.sign(subject({ issuedAt })).accessToken)).toMatchObject({
      ok: true,
    });
  });
});

test("AUTH_SECRET changes in three deploys, and no token is refused on the way", async () => {
  const before = await openReplica();
  const token = await issue(before);
  const secretIds = async () => (await readRows()).map((row) => row.secret_id.toString("hex"));
  const [idOfFirst] = await secretIds();

  const added = await openReplica({ authSecrets: [first, second] });
  expect(await secretIds()).toEqual([idOfFirst]);

  const moved = await openReplica({ authSecrets: [second, first] });
  expect(await secretIds()).not.toEqual([idOfFirst]);
  await added.reload();
  await moved.reload();

  const removed = await openReplica({ authSecrets: [second] });
  for (const replica of [before, added, moved, removed])
    expect(replica.verify(token)).toMatchObject({ ok: true });
  expect(kidOf(await issue(removed))).toBe(kidOf(token));
  expect(events().filter((event) => event.includes("unreadable"))).toEqual([]);
});

describe("a key that no secret opens", () => {
  test("is warned of and replaced at once; what it signed is refused", async () => {
    const token = await issue(await openReplica());
    const replica = await openReplica({ authSecrets: [second] });
    expect(events()).toEqual(["signing_key_made", "signing_keys_unreadable", "signing_key_made"]);
    expect(replica.verify(token)).toEqual({ ok: false, reason: "INVALID" });
    expect(replica.verify(await issue(replica))).toMatchObject({ ok: true });
    expect(kids(replica)).toHaveLength(1);
    expect(await readRows()).toHaveLength(2);
  });

  const foreign = makeManagedKey();
  test.each([
    ["cut short", "private_key = substring(private_key for 20)"],
    ["emptied", "private_key = ''"],
    [
      "changed in one bit",
      "private_key = set_bit(private_key, 300, 1 - get_bit(private_key, 300))",
    ],
    ["moved to another kid", `kid = '${foreign.kid}'`],
    ["given a public half of somebody else's", `public_key = '${JSON.stringify(foreign.jwk)}'`],
    ["given a public half that is none", "public_key = '{}'"],
    ["said to be another secret's", "secret_id = '\\x00000000'"],
  ])("is also one that was %s", async (_, change) => {
    await openReplica();
    await pool.query(`UPDATE signing_keys SET ${change}`);
    const replica = await openReplica();
    expect(events()).toContain("signing_keys_unreadable");
    expect(kids(replica)).toHaveLength(1);
    expect(kids(replica)).not.toContain(foreign.kid);
    expect(replica.verify(await issue(replica))).toMatchObject({ ok: true });
  });
});

test("whoever can write to the table cannot add a key of their own", async () => {
  const replica = await openReplica();
  const own = makeManagedKey();
  await pool.query(
    `INSERT INTO signing_keys (kid, public_key, private_key, secret_id, signs_from)
     SELECT $1, $2, private_key, secret_id, clock_timestamp() FROM signing_keys`,
    [own.kid, { kty: own.jwk.kty, crv: own.jwk.crv, x: own.jwk.x, y: own.jwk.y }],
  );
  const before = kids(replica);
  await replica.reload();
  expect(kids(replica)).toEqual(before);
});

test("a reload that fails is logged, and signing goes on", async () => {
  const broken = { connect: pool.connect.bind(pool) };
  const replica = await openReplica({}, broken);
  broken.connect = () => Promise.reject(new Error("the database is away"));
  await replica.reload();
  expect(logged.at(-1)).toMatchObject({ event: "signing_keys_reload_failed", level: 50 });
  expect(replica.verify(await issue(replica))).toMatchObject({ ok: true });
  broken.connect = pool.connect.bind(pool);
  await age("29 days 1 minute");
  await replica.reload();
  expect(kids(replica)).toHaveLength(2);
});

test("ACCESS_TOKEN_SECRET signs with HS256, publishes nothing and touches no table", async () => {
  const accessTokenSecret = newSecret();
  const replica = await openReplica({ accessTokenSecret });
  const token = await issue(replica);
  expect(replica.jwks()).toEqual({ keys: [] });
  expect(await readRows()).toEqual([]);
  await replica.reload();
  const { protectedHeader } = await jwtVerify(token, accessTokenSecret, {
    issuer,
    audience: config.accessTokenAudience,
  });
  expect(protectedHeader).toEqual({ alg: "HS256", typ: "at+jwt" });
  expect(replica.verify(token)).toMatchObject({ ok: true });
});

test("a token of one mode is nothing in the other", async () => {
  const managed = await openReplica();
  const shared = await openReplica({ accessTokenSecret: newSecret() });
  expect(shared.verify(await issue(managed))).toEqual({ ok: false, reason: "INVALID" });
  expect(managed.verify(await issue(shared))).toEqual({ ok: false, reason: "INVALID" });
});
