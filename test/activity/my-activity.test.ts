import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "pg";
import { forgetOldActivities } from "../../src/activity/retention.js";
import { historyOf, kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { newCredentials, newMember, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp({ SESSIONS_PER_USER: "2" });
});
afterAll(() => service.close());

const activity = (variables: object, extras = {}) =>
  run(service.app, "myActivity", variables, extras);

interface Edge {
  cursor: string;
  node: { id: string; kind: string; sessionId: string | null; device: string | null };
}

/** As the superuser: the past is made by hand, past the trigger. */
async function asAdmin(sql: string, values: unknown[]): Promise<void> {
  const client = new Client({ connectionString: service.database.adminUrl });
  await client.connect();
  await client.query("SET session_replication_role = replica");
  await client.query(sql, values);
  await client.end();
}

const addMany = (userId: string, count: number) =>
  asAdmin(
    `INSERT INTO activities (user_id, kind, at)
     SELECT $1, 'SIGNED_IN', clock_timestamp() - n * interval '1 microsecond'
     FROM generate_series(1, $2::int) n`,
    [userId, count],
  );

describe("myActivity", () => {
  test("shows the caller's own history, newest first, and nobody else's", async () => {
    const member = await newMember(service.app, {}, { remoteAddress: "203.0.113.7" });
    await newMember(service.app);
    const { email } = member;
    await run(service.app, "login", { input: { email, password: "wrong password" } });
    const { data } = await activity({}, member.signedIn);
    const nodes = data.myActivity.edges.map(({ node }: Edge) => node);
    expect(nodes).toMatchObject([
      { kind: "SIGN_IN_FAILED", sessionId: null },
      { kind: "REGISTERED", sessionId: member.auth.session.id, ip: "203.0.113.7" },
    ]);
    expect(data.myActivity.pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: data.myActivity.edges[0].cursor,
      endCursor: data.myActivity.edges[1].cursor,
    });
  });

  test("pages of any size show every entry once, also those of one moment", async () => {
    const { auth, signedIn } = await newMember(service.app);
    await addMany(auth.user.id, 40);
    await asAdmin(
      "UPDATE activities SET at = date_trunc('minute', clock_timestamp()) WHERE user_id = $1 AND id::text < '8'",
      [auth.user.id],
    );
    for (const first of [1, 7, 100]) {
      const seen: Edge[] = [];
      let after: string | null = null;
      do {
        const { data } = await activity({ first, after }, signedIn);
        seen.push(...data.myActivity.edges);
        const { pageInfo } = data.myActivity;
        expect(pageInfo.hasPreviousPage).toBe(after !== null);
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      } while (after !== null);
      expect(new Set(seen.map(({ node }) => node.id)).size).toBe(41);
      expect(seen).toHaveLength(41);
    }
  });

  test.each([
    [{ first: 0 }, "first", "TOO_SHORT"],
    [{ first: -1 }, "first", "TOO_SHORT"],
    [{ first: 101 }, "first", "TOO_LONG"],
    [{ after: "nonsense" }, "after", "FORMAT_INVALID"],
    [{ after: "" }, "after", "FORMAT_INVALID"],
    [{ after: "x".repeat(5000) }, "after", "FORMAT_INVALID"],
  ])("%j is refused", async (variables, field, code) => {
    const { signedIn } = await newMember(service.app);
    const { errors } = await activity(variables, signedIn);
    expect(errors[0]?.extensions.fields).toEqual([{ field, code }]);
  });

  test("needs a session", async () => {
    expect((await activity({})).code).toBe("UNAUTHENTICATED");
  });

  test("a page of a long history reads its own rows alone", async () => {
    const { auth, signedIn } = await newMember(service.app);
    await addMany(auth.user.id, 20_000);
    await service.pool.query("ANALYZE activities");
    const { data } = await activity({ first: 20 }, signedIn);
    const { endCursor } = data.myActivity.pageInfo;
    const [at, id] = Buffer.from(endCursor, "base64url").toString().split(" ");
    const { rows } = await service.pool.query(
      `EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) SELECT id FROM activities WHERE user_id = $1
         AND (at, id) < (to_timestamp(0) + $2::bigint * interval '1 microsecond', $3::uuid)
       ORDER BY at DESC, id DESC LIMIT 21`,
      [auth.user.id, at, id],
    );
    const scan = JSON.stringify(rows[0]["QUERY PLAN"]);
    expect(scan).toContain("activities_user_id_idx");
    expect(scan).not.toContain("Rows Removed by Filter");
  });
});

describe("every deed is written down once", () => {
  test("what happens to sessions, with the session it is about", async () => {
    const member = await newMember(service.app, { deviceName: "One" });
    const { id } = member.auth.user;
    const second = await signInAgain(service.app, member, { deviceName: "Two" });
    const third = await signInAgain(service.app, member, { deviceName: "Three" });
    await run(service.app, "revokeSession", { id: second.session.id }, bearer(third.accessToken));
    await run(service.app, "revokeSession", { id: second.session.id }, bearer(third.accessToken));
    const refreshed = await run(service.app, "refreshToken", { refreshToken: third.refreshToken });
    await run(service.app, "logout", { refreshToken: refreshed.data.refreshToken.refreshToken });
    await run(service.app, "logout", { refreshToken: refreshed.data.refreshToken.refreshToken });
    const history = await historyOf(service.pool, id);
    expect(history.map(({ kind, device }) => `${kind} ${device}`)).toEqual([
      "REGISTERED One",
      "SIGNED_IN Two",
      "SESSION_LIMIT One",
      "SIGNED_IN Three",
      "SESSION_REVOKED Two",
      "SIGNED_OUT Three",
    ]);
  });

  test("a refresh writes none", async () => {
    const { auth } = await newMember(service.app);
    let { refreshToken } = auth;
    for (let times = 0; times < 3; times++)
      ({ refreshToken } = (
        await run(service.app, "refreshToken", { refreshToken })
      ).data.refreshToken);
    expect(await kindsOf(service.pool, auth.user.id)).toEqual(["REGISTERED"]);
  });

  test("a failed sign-in of an unknown name too, without an account", async () => {
    const count = async () =>
      (await service.pool.query("SELECT FROM activities WHERE user_id IS NULL")).rowCount ?? 0;
    const before = await count();
    await run(service.app, "login", { input: newCredentials() });
    expect(await count()).toBe(before + 1);
  });

  test("a deed that fails to be written down does not happen", async () => {
    const member = await newMember(service.app);
    await service.pool.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'the history is full'; END $$`);
    await service.pool.query(
      "CREATE TRIGGER fails BEFORE INSERT ON activities FOR EACH ROW EXECUTE FUNCTION fail()",
    );
    const { email, password } = member;
    const refused = [
      await run(service.app, "login", { input: { email, password } }),
      await run(service.app, "logout", { refreshToken: member.auth.refreshToken }),
      await run(service.app, "register", { input: newCredentials() }),
      await run(service.app, "deleteAccount", { password }, member.signedIn),
    ];
    await service.pool.query("DROP TRIGGER fails ON activities");
    for (const { code } of refused) expect(code).toBe("INTERNAL_SERVER_ERROR");
    const { rows } = await service.pool.query("SELECT ended_at FROM sessions WHERE user_id = $1", [
      member.auth.user.id,
    ]);
    expect(rows).toEqual([{ ended_at: null }]);
  });
});

describe("the database", () => {
  test.each([
    "UPDATE activities SET kind = 'SIGNED_OUT' WHERE user_id = $1",
    "UPDATE activities SET ip = NULL, device = NULL WHERE user_id = $1",
    "UPDATE activities SET user_id = NULL, ip = NULL, device = NULL WHERE user_id = $1",
    "DELETE FROM activities WHERE user_id = $1",
  ])("refuses to the service itself: %s", async (sql) => {
    const { auth } = await newMember(service.app);
    await expect(service.pool.query(sql, [auth.user.id])).rejects.toThrow("only ever added");
  });

  test("refuses to empty the table", async () => {
    await expect(service.pool.query("TRUNCATE activities")).rejects.toThrow("only ever added");
  });

  test("lets go of what is past its retention, and of nothing younger than 30 days", async () => {
    const { auth } = await newMember(service.app);
    const { id } = auth.user;
    await addMany(id, 3);
    await asAdmin(
      "UPDATE activities SET at = at - interval '31 days' WHERE user_id = $1 AND kind = 'SIGNED_IN'",
      [id],
    );
    const day = 86_400;
    expect(await forgetOldActivities(service.pool, 40 * day)).toBe(0);
    expect(await forgetOldActivities(service.pool, 30 * day)).toBe(3);
    expect(await kindsOf(service.pool, id)).toEqual(["REGISTERED"]);
    await expect(forgetOldActivities(service.pool, 0)).rejects.toThrow("only ever added");
  });
});
