import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { QueryConfig } from "pg";
import { blankActivities } from "../../src/activity/blank.js";
import { inTransaction } from "../../src/database/transaction.js";
import { historyOf, kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { run } from "../support/client.js";
import { mailTo } from "../support/mail.js";
import { newCredentials, newMember, refreshTokenOf, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const update = (input: object, extras = {}) => run(service.app, "updateProfile", { input }, extras);
const unique = (name: string) => `${name}.${Date.now().toString(36)}`;

describe("updateProfile", () => {
  test("keeps what is absent, clears what is null, and writes it down", async () => {
    const username = unique("Grace");
    const { auth, signedIn } = await newMember(service.app, {
      username,
      firstName: "Grace",
      lastName: "Hopper",
    });
    const { data } = await update(
      { firstName: null, avatarUrl: "https://example.com/g" },
      signedIn,
    );
    expect(data.updateProfile).toMatchObject({
      username,
      firstName: null,
      lastName: "Hopper",
      avatarUrl: "https://example.com/g",
    });
    const me = await run(service.app, "me", {}, signedIn);
    expect(me.data.me).toEqual(data.updateProfile);
    expect(new Date(me.data.me.updatedAt) > new Date(auth.user.updatedAt as string)).toBe(true);
    expect(await kindsOf(service.pool, auth.user.id)).toEqual(["REGISTERED", "PROFILE_CHANGED"]);
  });

  test("with nothing in it changes and writes nothing", async () => {
    const { auth, signedIn } = await newMember(service.app);
    expect((await update({}, signedIn)).data.updateProfile).toEqual(auth.user);
    expect(await kindsOf(service.pool, auth.user.id)).toEqual(["REGISTERED"]);
  });

  test("a username is set, taken whatever its case, and given free by null", async () => {
    const username = unique("Linus");
    const ada = await newMember(service.app);
    const eve = await newMember(service.app);
    expect((await update({ username }, ada.signedIn)).data.updateProfile.username).toBe(username);
    const refused = await update({ username: username.toUpperCase() }, eve.signedIn);
    expect(refused.errors[0]?.extensions.fields).toEqual([{ field: "username", code: "TAKEN" }]);
    await update({ username: null }, ada.signedIn);
    expect((await update({ username }, eve.signedIn)).errors).toEqual([]);
  });

  test("everything that is wrong is said at once", async () => {
    const { signedIn } = await newMember(service.app);
    const { errors } = await update(
      { username: "x", firstName: "a\u0000", lastName: "x".repeat(101), avatarUrl: "http://a.b" },
      signedIn,
    );
    const fields = errors[0]?.extensions.fields?.map(({ field }) => field).sort();
    expect(fields).toEqual(["avatarUrl", "firstName", "lastName", "username"]);
  });

  test("takes no other field", async () => {
    const { signedIn } = await newMember(service.app);
    expect((await update({ role: "ADMIN" }, signedIn)).status).toBe(400);
    expect((await update({ firstName: "Ada" })).code).toBe("UNAUTHENTICATED");
  });
});

describe("deleteAccount", () => {
  const remove = (password: string, extras = {}) =>
    run(service.app, "deleteAccount", { password }, extras);

  test("takes sessions, codes, mails and all that is personal; the history stays without it", async () => {
    const member = await newMember(service.app, { firstName: "Ada" });
    const other = await signInAgain(service.app, member);
    await run(service.app, "requestPasswordReset", { email: member.email });
    const { id } = member.auth.user;
    expect((await remove(member.password, member.signedIn)).data.deleteAccount).toBe(true);
    for (const table of ["sessions", "email_codes", "mails"]) {
      const { rowCount } = await service.pool.query(`SELECT FROM ${table} WHERE user_id = $1`, [
        id,
      ]);
      expect([table, rowCount]).toEqual([table, 0]);
    }
    const { rowCount } = await service.pool.query("SELECT FROM users WHERE id = $1", [id]);
    expect(rowCount).toBe(0);
    const history = await historyOf(service.pool, id);
    expect(history.map(({ kind }) => kind)).toEqual([
      "REGISTERED",
      "SIGNED_IN",
      "PASSWORD_RESET_REQUESTED",
      "ACCOUNT_DELETED",
    ]);
    expect(history.every(({ ip, device }) => ip === null && device === null)).toBe(true);
    for (const { accessToken, refreshToken } of [member.auth, other]) {
      const me = await run(
        service.app,
        "me",
        {},
        { headers: { authorization: `Bearer ${accessToken}` } },
      );
      expect(me.errors[0]?.extensions.reason).toBe("SESSION_ENDED");
      expect((await run(service.app, "refreshToken", { refreshToken })).code).toBe(
        "INVALID_REFRESH_TOKEN",
      );
    }
    await mailTo(service.app, member.email, /was deleted/);
  });

  test("a history that others have filled holds nobody back: no statement grows with it", async () => {
    const { auth } = await newMember(service.app);
    const { id } = auth.user;
    await service.pool.query(
      `INSERT INTO activities (user_id, kind, ip, device)
       SELECT $1, 'SIGN_IN_FAILED', '203.0.113.9', 'curl' FROM generate_series(1, 2500)`,
      [id],
    );
    const slices: (number | null)[] = [];
    await inTransaction(service.pool, async (client) => {
      await client.query("DELETE FROM users WHERE id = $1", [id]);
      const query = async (statement: QueryConfig) => {
        const result = await client.query(statement);
        slices.push(result.rowCount);
        return result;
      };
      await blankActivities({ query } as typeof client, id);
    });
    expect(slices).toEqual([1000, 1000, 501]);
    const history = await historyOf(service.pool, id);
    expect(history).toHaveLength(2501);
    expect(history.every(({ ip, device }) => ip === null && device === null)).toBe(true);
  });

  test("the address registers anew, and gets another id", async () => {
    const { auth, email, password, signedIn } = await newMember(service.app);
    await remove(password, signedIn);
    const { data } = await run(service.app, "register", { input: { ...newCredentials(), email } });
    expect(data.register.auth.user.id).not.toBe(auth.user.id);
  });

  test("with a wrong password deletes nothing", async () => {
    const { auth, signedIn } = await newMember(service.app);
    expect((await remove("wrong password", signedIn)).code).toBe("INVALID_CREDENTIALS");
    const refreshToken = refreshTokenOf(auth);
    expect((await run(service.app, "refreshToken", { refreshToken })).errors).toEqual([]);
    expect((await remove("wrong password")).code).toBe("UNAUTHENTICATED");
  });

  test("clears the cookie that came along", async () => {
    const { password, signedIn } = await newMember(service.app);
    const cookies = { gatehouse_refresh: "whatever" };
    const answer = await remove(password, { ...signedIn, cookies });
    expect(answer.cookies).toMatchObject([{ name: "gatehouse_refresh", value: "", maxAge: 0 }]);
  });
});
