import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import bcrypt from "bcryptjs";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { newCredentials, newMember, refreshTokenOf, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp({ SESSIONS_PER_USER: "3" });
});
afterAll(() => service.close());

const login = (input: object, extras = {}) => run(service.app, "login", { input }, extras);

describe("a person signs in", () => {
  test("by email in any case, with white space around it", async () => {
    const { email, password, auth } = await newMember(service.app);
    const { data } = await login({ email: `  ${email.toUpperCase()} `, password });
    expect(data.login.user.id).toBe(auth.user.id);
    expect(data.login.session.id).not.toBe(auth.session.id);
  });

  test("by username in any case", async () => {
    const username = `Ada.${Date.now().toString(36)}`;
    const { password, auth } = await newMember(service.app, { username });
    const { data } = await login({ username: username.toUpperCase(), password });
    expect(data.login.user).toEqual(auth.user);
  });

  test("and gets a session of the device that they used", async () => {
    const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    const { email, password } = await newMember(service.app);
    const { data } = await login(
      { email, password },
      { headers: { "user-agent": firefox }, remoteAddress: "::ffff:203.0.113.7" },
    );
    expect(data.login.session).toMatchObject({
      device: "Firefox on Linux",
      userAgent: firefox,
      createdByIp: "203.0.113.7",
      lastUsedByIp: "203.0.113.7",
      rotations: 0,
      current: true,
      endedAt: null,
    });
    const named = await login({ email, password, deviceName: "  Kitchen tablet " });
    expect(named.data.login.session.device).toBe("Kitchen tablet");
  });

  test("and gets new tokens, whatever tokens they still hold", async () => {
    const { email, password, auth } = await newMember(service.app);
    const { data } = await login({ email, password }, bearer(refreshTokenOf(auth)));
    expect(data.login.refreshToken).not.toBe(auth.refreshToken);
    expect(data.login.session.id).not.toBe(auth.session.id);
  });
});

describe("refused with one wording", () => {
  test.each([
    ["an unknown address", () => newCredentials()],
    ["what is no address", () => ({ email: "not an address", password: "whatever it is" })],
    ["an empty name", () => ({ email: "", password: "whatever it is" })],
    ["an unknown username", () => ({ username: "nobody.here", password: "whatever it is" })],
    ["a username with a NUL", () => ({ username: "nobody\u0000", password: "whatever it is" })],
  ])("%s", async (_name, input) => {
    const { status, errors } = await login(input());
    expect(status).toBe(200);
    expect(errors[0]).toMatchObject({
      message: "The sign-in name or the password is wrong.",
      extensions: { code: "INVALID_CREDENTIALS" },
    });
  });

  test.each([
    ["a wrong password", (password: string) => `${password}x`],
    ["an empty password", () => ""],
    ["a password in another case", (password: string) => password.toUpperCase().toLowerCase()],
    ["a password of 50,000 characters", (password: string) => password.repeat(3000)],
  ])("%s", async (_name, change) => {
    const { email, password } = await newMember(service.app);
    const { code } = await login({ email, password: change(password) });
    expect(code).toBe("INVALID_CREDENTIALS");
  });
});

test.each([
  [{}, "MISSING"],
  [{ email: null, username: null }, "MISSING"],
  [{ email: "a@example.com", username: "abc" }, "CONFLICTING"],
])("exactly one of email and username is given: %j", async (names, code) => {
  const { errors } = await login({ ...names, password: "whatever it is" });
  expect(errors[0]?.extensions).toMatchObject({
    code: "BAD_USER_INPUT",
    fields: [
      { field: "email", code },
      { field: "username", code },
    ],
  });
});

test("one object where a string belongs is refused, and not repeated", async () => {
  const { status, errors, body } = await login({
    email: { $ne: null },
    password: { secret: "tops3cret" },
  });
  expect(status).toBe(400);
  expect(errors[0]?.extensions.code).toBe("BAD_USER_INPUT");
  expect(body).not.toContain("tops3cret");
});

test("a bcrypt hash from elsewhere signs in, and is upgraded by it", async () => {
  const { auth, email, password } = await newMember(service.app);
  const plain = await bcrypt.hash(password, 4);
  await service.pool.query("UPDATE users SET password_hash = $1, pepper_id = NULL WHERE id = $2", [
    plain,
    auth.user.id,
  ]);
  expect((await login({ email, password: `${password}x` })).code).toBe("INVALID_CREDENTIALS");
  expect((await login({ email, password })).data.login.user.id).toBe(auth.user.id);
  const { rows } = await service.pool.query("SELECT * FROM users WHERE id = $1", [auth.user.id]);
  expect(rows[0].pepper_id).not.toBeNull();
  expect(rows[0].password_hash).not.toBe(plain);
  expect((await login({ email, password })).data.login).toBeTruthy();
});

test("a password changed while it is checked opens no session", async () => {
  const { auth, email, password } = await newMember(service.app);
  const { id } = auth.user;
  const client = await service.pool.connect();
  await client.query("BEGIN");
  await client.query("UPDATE users SET password_version = password_version + 1 WHERE id = $1", [
    id,
  ]);
  const attempt = login({ email, password });
  // The sign-in has checked the old password and waits for the row.
  for (let waiting = 0; waiting === 0; ) {
    const { rows } = await service.pool.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    waiting = rows[0].n;
  }
  await client.query("COMMIT");
  client.release();
  expect((await attempt).code).toBe("INVALID_CREDENTIALS");
});

describe("SESSIONS_PER_USER", () => {
  test("ends the least recently used session when one more begins", async () => {
    const member = await newMember(service.app);
    const second = await signInAgain(service.app, member);
    await signInAgain(service.app, member);
    await run(service.app, "refreshToken", { refreshToken: member.auth.refreshToken });
    const newest = await signInAgain(service.app, member);
    const { data } = await run(
      service.app,
      "mySessions",
      { includeEnded: true },
      bearer(newest.accessToken),
    );
    const ended = data.mySessions.filter(({ endedAt }: { endedAt: string | null }) => endedAt);
    expect(ended).toMatchObject([{ id: second.session.id, endReason: "SESSION_LIMIT" }]);
    const me = await run(service.app, "me", {}, bearer(second.accessToken));
    expect(me.errors[0]?.extensions.reason).toBe("SESSION_ENDED");
  });

  test("holds when many sign in at once", async () => {
    const member = await newMember(service.app);
    const signIns = Array.from({ length: 12 }, () => signInAgain(service.app, member));
    await Promise.all(signIns);
    const { rows } = await service.pool.query(
      "SELECT count(*)::int AS living FROM sessions WHERE user_id = $1 AND ended_at IS NULL",
      [member.auth.user.id],
    );
    expect(rows[0].living).toBe(3);
  });
});
