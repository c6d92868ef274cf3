import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { recordSecret } from "../support/issued-secrets.js";
import { codeFor, linkValue, mailsTo, mailTo } from "../support/mail.js";
import { newCredentials, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp({ EMAIL_VERIFICATION: "required" });
});
afterAll(() => service.close());

const register = (input: object) => run(service.app, "register", { input });
const verify = (input: object, extras = {}) => run(service.app, "verifyEmail", { input }, extras);

const userCount = async (email: string) =>
  (await service.pool.query("SELECT FROM users WHERE email = $1", [email])).rowCount;

/** Somebody who has registered and not yet typed the code. */
async function newcomer(input: object = {}) {
  const credentials = newCredentials();
  const { data } = await register({ ...credentials, ...input });
  return { ...credentials, verificationToken: data.register.verificationToken as string };
}

/** Somebody whose account exists. */
async function member() {
  const person = await newcomer();
  const code = await codeFor(service.app, person.email);
  const { data } = await verify({ code, verificationToken: person.verificationToken });
  return { ...person, auth: data.verifyEmail };
}

describe("a registration", () => {
  test("waits for its code, and the code with its own token makes the account and signs in", async () => {
    const { email, verificationToken } = await newcomer({ firstName: "Ada" });
    expect(await userCount(email)).toBe(0);
    const code = await codeFor(service.app, email);
    const { data } = await verify({ code, verificationToken, deviceName: "Desk" });
    expect(data.verifyEmail.user).toMatchObject({ email, emailVerified: true, firstName: "Ada" });
    expect(data.verifyEmail.session).toMatchObject({ device: "Desk", current: true });
    const me = await run(service.app, "me", {}, bearer(data.verifyEmail.accessToken));
    expect(me.data.me.email).toBe(email);
    expect(await kindsOf(service.pool, data.verifyEmail.user.id)).toEqual([
      "REGISTERED",
      "EMAIL_VERIFIED",
    ]);
  });

  test("answers with a token and nothing else", async () => {
    const { data } = await register(newCredentials());
    expect(data.register).toEqual({ auth: null, verificationToken: expect.any(String) });
  });

  test("that waits cannot sign in", async () => {
    const { email, password } = await newcomer();
    const login = await run(service.app, "login", { input: { email, password } });
    expect(login.code).toBe("INVALID_CREDENTIALS");
  });

  test("puts the session into the cookie where that was asked for", async () => {
    const { email, verificationToken } = await newcomer();
    const code = await codeFor(service.app, email);
    const { data, cookies } = await verify({ code, verificationToken, transport: "COOKIE" });
    expect(data.verifyEmail.refreshToken).toBeNull();
    expect(cookies[0]?.name).toBe("gatehouse_refresh");
  });

  test("is not finished by the code without the token, nor by the token of another", async () => {
    const victim = await newcomer();
    const { verificationToken } = await newcomer();
    const mail = await mailTo(service.app, victim.email);
    for (const code of [mail.code, linkValue(mail, "code")])
      expect((await verify({ code, verificationToken })).code).toBe("INVALID_CODE");
    expect((await verify({ code: mail.code })).code).toBe("UNAUTHENTICATED");
  });

  test("gets a new code by its token, and the old digits are dead", async () => {
    const { email, verificationToken } = await newcomer();
    const first = await codeFor(service.app, email);
    const sent = await run(service.app, "sendEmailVerification", { verificationToken });
    expect(sent.data.sendEmailVerification).toEqual({ expiresIn: 600, resendAfter: 0 });
    const second = await codeFor(service.app, email, /code/, 2);
    if (first !== second)
      expect((await verify({ code: first, verificationToken })).code).toBe("INVALID_CODE");
    expect((await verify({ code: second, verificationToken })).data.verifyEmail).toBeTruthy();
  });
});

describe("an address that is taken", () => {
  test("gets the same answer, a row as well, and its owner a notice without a code", async () => {
    const { email } = await member();
    const { data } = await register({ ...newCredentials(), email });
    expect(data.register).toEqual({ auth: null, verificationToken: expect.any(String) });
    const notice = await mailTo(service.app, email, /already have an account/);
    expect(notice).toMatchObject({ code: null });
    expect(notice.text).not.toMatch(/\b\d{6}\b/);
    const { rowCount } = await service.pool.query("SELECT FROM registrations WHERE email = $1", [
      email,
    ]);
    expect(rowCount).toBe(1);
  });

  test("stays with its owner whatever code is tried", async () => {
    const { email, password, auth } = await member();
    const { data } = await register({ ...newCredentials(), email });
    const { verificationToken } = data.register;
    await run(service.app, "sendEmailVerification", { verificationToken });
    await mailTo(service.app, email, /already have an account/, 2);
    for (const code of ["000000", "999999"])
      expect((await verify({ code, verificationToken })).code).toBe("INVALID_CODE");
    expect((await signInAgain(service.app, { email, password })).user.id).toBe(auth.user.id);
  });
});

describe("several registrations for one address", () => {
  test("wait side by side, and the first that is finished removes the others", async () => {
    const owner = await newcomer();
    const { email } = owner;
    const ownersCode = await codeFor(service.app, email);
    const stranger = (await register({ ...newCredentials(), email })).data.register;
    const strangersCode = await codeFor(service.app, email, /code/, 2);
    const { verificationToken } = owner;
    const { data } = await verify({ code: ownersCode, verificationToken });
    expect(data.verifyEmail.user.email).toBe(email);
    const late = await verify({
      code: strangersCode,
      verificationToken: stranger.verificationToken,
    });
    expect(late.code).toBe("INVALID_CODE");
    const { rowCount } = await service.pool.query("SELECT FROM registrations WHERE email = $1", [
      email,
    ]);
    expect(rowCount).toBe(0);
    expect((await signInAgain(service.app, owner)).user.email).toBe(email);
  });

  test("are at most five, also when they come at once", async () => {
    const { email } = newCredentials();
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => register({ ...newCredentials(), email })),
    );
    expect(answers.every(({ data }) => data?.register?.verificationToken)).toBe(true);
    const { rows } = await service.pool.query("SELECT id FROM registrations WHERE email = $1", [
      email,
    ]);
    expect(rows).toHaveLength(5);
    const codes = await service.pool.query("SELECT FROM email_codes WHERE address = $1", [email]);
    expect(codes.rowCount).toBe(5);
  });

  test("finished at once with both right codes make one account", async () => {
    const first = await newcomer();
    const { email } = first;
    const codes = [await codeFor(service.app, email)];
    const second = (await register({ ...newCredentials(), email })).data.register;
    codes.push(await codeFor(service.app, email, /code/, 2));
    const tokens = [first.verificationToken, second.verificationToken];
    const answers = await Promise.all(
      tokens.map((verificationToken, index) => verify({ code: codes[index], verificationToken })),
    );
    expect(answers.filter(({ data }) => data?.verifyEmail)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "INVALID_CODE")).toHaveLength(1);
    expect(await userCount(email)).toBe(1);
  });
});

test("a username taken meanwhile is TAKEN at verifyEmail, and the code is not used up", async () => {
  const username = `Ada.${Date.now().toString(36)}`;
  const slow = await newcomer({ username });
  const code = await codeFor(service.app, slow.email);
  const fast = await newcomer({ username: username.toUpperCase() });
  await verify({
    code: await codeFor(service.app, fast.email),
    verificationToken: fast.verificationToken,
  });
  const { verificationToken } = slow;
  const { errors } = await verify({ code, verificationToken });
  expect(errors[0]?.extensions).toMatchObject({
    code: "BAD_USER_INPUT",
    fields: [{ field: "username", code: "TAKEN" }],
  });
  expect((await register({ ...newCredentials(), username })).errors[0]?.extensions.fields).toEqual([
    { field: "username", code: "TAKEN" },
  ]);
  await service.pool.query(
    "UPDATE users SET username = NULL, username_key = NULL WHERE username_key = $1",
    [username.toLowerCase()],
  );
  expect((await verify({ code, verificationToken })).data.verifyEmail.user.username).toBe(username);
});

test("50 right codes at once make one account", async () => {
  const { email, verificationToken } = await newcomer();
  const mail = await mailTo(service.app, email);
  const codes = [mail.code, linkValue(mail, "code")];
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => verify({ code: codes[index % 2], verificationToken })),
  );
  expect(answers.filter(({ data }) => data?.verifyEmail)).toHaveLength(1);
  for (const { data, code } of answers)
    if (!data?.verifyEmail) expect(["INVALID_CODE", "RATE_LIMITED", "OVERLOADED"]).toContain(code);
  expect(await userCount(email)).toBe(1);
});

describe("an account that exists and is not verified", () => {
  async function unverified() {
    const person = await member();
    await service.pool.query("UPDATE users SET email_verified = false WHERE email = $1", [
      person.email,
    ]);
    const { errors } = await run(service.app, "login", {
      input: { email: person.email, password: person.password },
    });
    const extensions = errors[0]?.extensions as { code: string; verificationToken: string };
    recordSecret(extensions.verificationToken);
    return { ...person, ...extensions };
  }

  test("is told by the right password alone, with a token and a code that let in", async () => {
    const { email, code, verificationToken, auth } = await unverified();
    expect(code).toBe("EMAIL_NOT_VERIFIED");
    const wrong = await run(service.app, "login", { input: { email, password: "wrong password" } });
    expect(wrong.code).toBe("INVALID_CREDENTIALS");
    const digits = await codeFor(service.app, email, /code/, 2);
    const { data } = await verify({ code: digits, verificationToken });
    expect(data.verifyEmail.user).toMatchObject({ id: auth.user.id, emailVerified: true });
    expect(data.verifyEmail.session.id).not.toBe(auth.session.id);
  });

  test("gets nothing for the token once the password has changed, or an hour has passed", async () => {
    const { email, verificationToken, auth } = await unverified();
    const code = await codeFor(service.app, email, /code/, 2);
    await service.pool.query("UPDATE users SET password_version = 9 WHERE id = $1", [auth.user.id]);
    expect((await verify({ code, verificationToken })).code).toBe("INVALID_CODE");
    const other = await unverified();
    service.clock.advance(3601);
    const late = await verify({ code: "123456", verificationToken: other.verificationToken });
    service.clock.advance(-3601);
    expect(late.code).toBe("INVALID_CODE");
  });
});

test.each(["", "gatev_", "gatev_AAAA", "nonsense", "gate_AAAA", `gatev_${"A".repeat(100)}`])(
  "a verificationToken that we did not make is INVALID_CODE: %j",
  async (verificationToken) => {
    expect((await verify({ code: "123456", verificationToken })).code).toBe("INVALID_CODE");
    const sent = await run(service.app, "sendEmailVerification", { verificationToken });
    expect(sent.code).toBe("INVALID_CODE");
  },
);

test("the tenth mail within the hour is the last, for a known and an unknown address alike", async () => {
  const known = (await member()).email;
  const unknown = newCredentials().email;
  for (const [email, spent] of [
    [known, 1],
    [unknown, 0],
  ] as const) {
    const answers = [];
    for (let asked = spent; asked < 11; asked++)
      answers.push(await register({ ...newCredentials(), email }));
    const last = answers.pop();
    expect(answers.every(({ data }) => data?.register)).toBe(true);
    expect(last?.errors[0]?.extensions).toEqual({
      code: "RATE_LIMITED",
      retryAfter: expect.any(Number),
    });
  }
  expect((await mailsTo(service.app, known)).length).toBeLessThanOrEqual(10);
});
