import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { testSettings } from "../support/app.js";
import { type Answer, bearer, type Extras, run } from "../support/client.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { type MemberPersona, newMember, refreshTokenOf, signInAgain } from "../support/personas.js";
import { type Replica, startReplica } from "../support/replica.js";
import { until } from "../support/until.js";

const settings = testSettings();
let database: TestDatabase;
let here: Replica;
let there: Replica;

const start = () => startReplica({ url: database.url, settings, poolSize: 4 });

beforeAll(async () => {
  database = await createTestDatabase();
  here = await start();
  there = await start();
});
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
  await database.close();
});

const reasonOf = ({ errors }: Answer) => errors[0]?.extensions.reason;

const refusal = async (replica: Replica, signedIn: Extras) =>
  reasonOf(await run(replica.app, "mySessions", {}, signedIn));

const isRefusedThere = (signedIn: Extras) => async () =>
  (await refusal(there, signedIn)) === "SESSION_ENDED";

const operator = (statement: string, values: unknown[]) =>
  database.dataSource.query(statement, values);

/** Accepted by both replicas so far. */
async function signedInEverywhere(): Promise<MemberPersona> {
  const member = await newMember(here.app);
  expect(await refusal(there, member.signedIn)).toBeUndefined();
  return member;
}

describe("an access token is refused on every replica soon after", () => {
  test("its session was revoked on another", async () => {
    const member = await signedInEverywhere();
    const other = await signInAgain(here.app, member);
    await run(here.app, "revokeSession", { id: member.auth.session.id }, bearer(other.accessToken));
    expect(await refusal(here, member.signedIn)).toBe("SESSION_ENDED");
    expect(await until(isRefusedThere(member.signedIn))).toBeLessThan(1000);
    expect(await refusal(there, bearer(other.accessToken))).toBeUndefined();
  });

  test("its client signed out on another", async () => {
    const member = await signedInEverywhere();
    await run(here.app, "logout", { refreshToken: refreshTokenOf(member.auth) });
    await until(isRefusedThere(member.signedIn));
  });

  test("its used refresh token came back on another", async () => {
    const member = await signedInEverywhere();
    const first = refreshTokenOf(member.auth);
    for (let i = 0; i < 2; i++) {
      const { rows } = await here.pool.query("SELECT generation FROM sessions WHERE id = $1", [
        member.auth.session.id,
      ]);
      expect(rows[0].generation).toBe(String(i));
      await operator(
        "UPDATE sessions SET generation = generation + 1, rotated_at = '{2020-01-01}' WHERE id = $1",
        [member.auth.session.id],
      );
    }
    const answer = await run(here.app, "refreshToken", { refreshToken: first });
    expect(answer.code).toBe("INVALID_REFRESH_TOKEN");
    await until(isRefusedThere(member.signedIn));
  });

  test("an operator ended its session, or deleted it", async () => {
    const [ended, deleted] = [await signedInEverywhere(), await signedInEverywhere()];
    await operator("UPDATE sessions SET ended_at = now() WHERE id = $1", [ended.auth.session.id]);
    await operator("DELETE FROM sessions WHERE id = $1", [deleted.auth.session.id]);
    await until(isRefusedThere(ended.signedIn));
    await until(isRefusedThere(deleted.signedIn));
  });

  test("its account was deleted", async () => {
    const member = await signedInEverywhere();
    await operator("DELETE FROM sessions WHERE user_id = $1", [member.auth.user.id]);
    await operator("DELETE FROM users WHERE id = $1", [member.auth.user.id]);
    await until(isRefusedThere(member.signedIn));
  });

  test("thousands were ended by one statement", async () => {
    const member = await signedInEverywhere();
    await operator(
      `INSERT INTO sessions (id, user_id, transport, device, created_at, last_used_at, expires_at, absolute_expires_at)
       SELECT gen_random_uuid(), $1, 'BODY', 'many', t, t, t + interval '1 day', t + interval '1 day'
       FROM generate_series(1, 5000), (SELECT now() AS t) now`,
      [member.auth.user.id],
    );
    const before = there.logLines.length;
    await operator("UPDATE sessions SET ended_at = now() WHERE user_id = $1", [
      member.auth.user.id,
    ]);
    await until(isRefusedThere(member.signedIn));
    await until(async () => (await endedIn(there)) > 5000);
    const complaints = there.logLines.slice(before).filter(({ level }) => Number(level) > 30);
    expect(complaints).toEqual([]);
  });
});

const endedIn = async ({ app }: Replica) =>
  Number(/^gatehouse_ended_sessions (\d+)$/m.exec((await app.inject("/metrics")).body)?.[1]);

test("an access token that names a former role is out of date, the next one is not", async () => {
  const member = await signedInEverywhere();
  await operator("UPDATE users SET role = 'ADMIN' WHERE id = $1", [member.auth.user.id]);
  await until(async () => (await refusal(there, member.signedIn)) === "EXPIRED");
  const refreshToken = refreshTokenOf(member.auth);
  const { data } = await run(there.app, "refreshToken", { refreshToken });
  const renewed = bearer(data.refreshToken.accessToken);
  expect(await refusal(there, renewed)).toBeUndefined();
  expect(await refusal(here, renewed)).toBeUndefined();
  await operator("UPDATE users SET role = 'USER' WHERE id = $1", [member.auth.user.id]);
  await until(async () => (await refusal(there, renewed)) === "EXPIRED");
});

test("a restart revives nothing: neither ended nor deleted sessions nor former roles", async () => {
  const members = [
    await signedInEverywhere(),
    await signedInEverywhere(),
    await signedInEverywhere(),
    await signedInEverywhere(),
  ] as const;
  const [ended, deleted, promoted, untouched] = members;
  await operator("UPDATE sessions SET ended_at = now() WHERE id = $1", [ended.auth.session.id]);
  await operator("DELETE FROM sessions WHERE id = $1", [deleted.auth.session.id]);
  await operator("UPDATE users SET role = 'ADMIN' WHERE id = $1", [promoted.auth.user.id]);
  const fresh = await start();
  const refusals = await Promise.all(members.map(({ signedIn }) => refusal(fresh, signedIn)));
  await fresh.close();
  expect(refusals).toEqual(["SESSION_ENDED", "SESSION_ENDED", "EXPIRED", undefined]);
  expect(await refusal(here, untouched.signedIn)).toBeUndefined();
});

test("a refresh announces nothing, and no trigger looks at it", async () => {
  const member = await newMember(here.app);
  let refreshToken = refreshTokenOf(member.auth);
  const before = await endedIn(there);
  for (let i = 0; i < 3; i++) {
    const { data } = await run(here.app, "refreshToken", { refreshToken });
    refreshToken = data.refreshToken.refreshToken;
  }
  expect(await endedIn(there)).toBe(before);
  const triggers = await operator(
    `SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger
     WHERE tgrelid = 'sessions'::regclass AND NOT tgisinternal`,
    [],
  );
  const ofUpdates = triggers
    .map(({ definition }: { definition: string }) => definition)
    .filter((definition: string) => definition.includes("UPDATE"));
  expect(ofUpdates).toEqual([expect.stringContaining("AFTER UPDATE OF ended_at ON")]);
});
