import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { run } from "../support/client.js";
import { codeFor, linkValue, mailsTo, mailTo } from "../support/mail.js";
import { newCredentials, newMember, refreshTokenOf, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const subject = /new password/;
const ask = (email: string) => run(service.app, "requestPasswordReset", { email });
const reset = (input: object) => run(service.app, "resetPassword", { input });
const newPassword = () => newCredentials().password;

/** The digits and the long code of a mail that was just asked for. */
async function codesOf(email: string, count = 1) {
  await ask(email);
  const mail = await mailTo(service.app, email, subject, count);
  return { digits: mail.code as string, link: linkValue(mail, "code") };
}

const wrong = (digits: string) => String((Number(digits) + 1) % 1_000_000).padStart(6, "0");

describe("a code from the mail", () => {
  test.each(["digits", "link"] as const)(
    "sets a new password, ends every session and proves the address: by %s",
    async (form) => {
      const { auth, email, password, signedIn } = await newMember(service.app);
      const codes = await codesOf(email.toUpperCase().toLowerCase());
      const fresh = newPassword();
      const { data } = await reset({ email, code: codes[form], newPassword: fresh });
      expect(data.resetPassword).toBe(true);
      const me = await run(service.app, "me", {}, signedIn);
      expect(me.errors[0]?.extensions.reason).toBe("SESSION_ENDED");
      const refreshed = await run(service.app, "refreshToken", {
        refreshToken: refreshTokenOf(auth),
      });
      expect(refreshed.code).toBe("INVALID_REFRESH_TOKEN");
      const old = await run(service.app, "login", { input: { email, password } });
      expect(old.code).toBe("INVALID_CREDENTIALS");
      const again = await signInAgain(service.app, { email, password: fresh });
      expect(again.user.emailVerified).toBe(true);
      expect(await kindsOf(service.pool, auth.user.id)).toEqual([
        "REGISTERED",
        "PASSWORD_RESET_REQUESTED",
        "SESSION_REVOKED",
        "PASSWORD_RESET",
        "EMAIL_VERIFIED",
        "SIGN_IN_FAILED",
        "SIGNED_IN",
      ]);
      await mailTo(service.app, email, /was reset/);
    },
  );

  test("signs nobody in: the answer has no token and no cookie", async () => {
    const { email } = await newMember(service.app);
    const { digits } = await codesOf(email);
    const { body, cookies } = await reset({ email, code: digits, newPassword: newPassword() });
    expect(JSON.parse(body)).toEqual({ data: { resetPassword: true } });
    expect(cookies).toEqual([]);
  });

  test("works once", async () => {
    const { email } = await newMember(service.app);
    const { digits, link } = await codesOf(email);
    await reset({ email, code: digits, newPassword: newPassword() });
    for (const code of [digits, link])
      expect((await reset({ email, code, newPassword: newPassword() })).code).toBe("INVALID_CODE");
  });

  test("is of use for its own address alone", async () => {
    const ada = await newMember(service.app);
    const eve = await newMember(service.app);
    const { digits, link } = await codesOf(ada.email);
    await codesOf(eve.email);
    expect((await reset({ email: eve.email, code: link, newPassword: newPassword() })).code).toBe(
      "INVALID_CODE",
    );
    const guess = await reset({ email: eve.email, code: digits, newPassword: newPassword() });
    expect(guess.data?.resetPassword ?? guess.code).toBe("INVALID_CODE");
  });

  test("is no code to verify the address with, and the other way round", async () => {
    const { email, signedIn } = await newMember(service.app);
    const verification = await mailTo(service.app, email, /Your code/);
    const { link } = await codesOf(email);
    const verified = await run(service.app, "verifyEmail", { input: { code: link } }, signedIn);
    expect(verified.code).toBe("INVALID_CODE");
    const code = linkValue(verification, "code");
    expect((await reset({ email, code, newPassword: newPassword() })).code).toBe("INVALID_CODE");
  });

  test("is worthless after its time", async () => {
    const { email } = await newMember(service.app);
    const { digits, link } = await codesOf(email);
    await service.pool.query(
      "UPDATE email_codes SET expires_at = clock_timestamp() WHERE address = $1",
      [email],
    );
    for (const code of [digits, link])
      expect((await reset({ email, code, newPassword: newPassword() })).code).toBe("INVALID_CODE");
  });

  test("is worthless after the password was changed", async () => {
    const { email, password, signedIn } = await newMember(service.app);
    const { digits, link } = await codesOf(email);
    const input = { currentPassword: password, newPassword: newPassword() };
    expect((await run(service.app, "changePassword", { input }, signedIn)).errors).toEqual([]);
    for (const code of [digits, link])
      expect((await reset({ email, code, newPassword: newPassword() })).code).toBe("INVALID_CODE");
  });

  test("that is newer kills the digits of the older, not its link", async () => {
    const { email } = await newMember(service.app);
    const older = await codesOf(email);
    const newer = await codesOf(email, 2);
    if (older.digits !== newer.digits)
      expect((await reset({ email, code: older.digits, newPassword: newPassword() })).code).toBe(
        "INVALID_CODE",
      );
    expect((await reset({ email, code: older.link, newPassword: newPassword() })).errors).toEqual(
      [],
    );
  });

  test("is not used up by a password that is not accepted", async () => {
    const { email } = await newMember(service.app, { firstName: "Wilhelmina" });
    const { digits } = await codesOf(email);
    for (const weak of ["short", "password123", "wilhelmina", email]) {
      const { errors } = await reset({ email, code: digits, newPassword: weak });
      expect(errors[0]?.extensions.fields?.[0]?.field).toBe("newPassword");
    }
    expect((await reset({ email, code: digits, newPassword: newPassword() })).errors).toEqual([]);
  });

  test.each([
    ["with spaces and a hyphen", (digits: string) => ` ${digits.slice(0, 3)}-${digits.slice(3)} `],
    ["with white space between", (digits: string) => [...digits].join(" ")],
  ])("is read %s", async (_name, write) => {
    const { email } = await newMember(service.app);
    const { digits } = await codesOf(email);
    expect(
      (await reset({ email, code: write(digits), newPassword: newPassword() })).errors,
    ).toEqual([]);
  });

  test.each([
    "",
    "12345",
    "1234567",
    "abcdef",
    "１２３４５６",
    "\u0000",
    "A".repeat(43),
    "0".repeat(50_000),
  ])("that is none is INVALID_CODE: %#", async (code) => {
    const { email } = await newMember(service.app);
    await codesOf(email);
    expect((await reset({ email, code, newPassword: newPassword() })).code).toBe("INVALID_CODE");
  });
});

describe("guessing", () => {
  test("a code has five tries: the right one is refused after them, also when they come at once", async () => {
    const { email } = await newMember(service.app);
    const { digits, link } = await codesOf(email);
    const guesses = Array.from({ length: 5 }, () =>
      reset({ email, code: wrong(digits), newPassword: newPassword() }),
    );
    for (const { code } of await Promise.all(guesses)) expect(code).toBe("INVALID_CODE");
    const late = await reset({ email, code: digits, newPassword: newPassword() });
    expect(late.code).toBe("INVALID_CODE");
    expect((await reset({ email, code: link, newPassword: newPassword() })).errors).toEqual([]);
  });

  test("new codes do not refill the budget, and the link of the mail is outside of it", async () => {
    const { email } = await newMember(service.app);
    const seen = new Set<string | undefined>();
    let link = "";
    for (let mails = 1; mails <= 5; mails++) {
      const codes = await codesOf(email, mails);
      link = codes.link;
      for (let tries = 0; tries < 5; tries++)
        seen.add(
          (await reset({ email, code: wrong(codes.digits), newPassword: newPassword() })).code,
        );
      if (mails === 5) {
        const { code, errors } = await reset({
          email,
          code: codes.digits,
          newPassword: newPassword(),
        });
        expect(code).toBe("RATE_LIMITED");
        expect(errors[0]?.extensions.retryAfter).toBeGreaterThan(80_000);
      }
    }
    expect([...seen]).toEqual(["INVALID_CODE", "RATE_LIMITED"]);
    expect((await reset({ email, code: link, newPassword: newPassword() })).errors).toEqual([]);
    const { digits } = await codesOf(email, 6);
    expect((await reset({ email, code: digits, newPassword: newPassword() })).errors).toEqual([]);
  });

  test("an unknown address answers a guess as a known one does", async () => {
    const { email } = newCredentials();
    await ask(email);
    const codes = [];
    for (let tries = 0; tries < 21; tries++)
      codes.push((await reset({ email, code: "123456", newPassword: newPassword() })).code);
    expect(codes.slice(0, 20).every((code) => code === "INVALID_CODE")).toBe(true);
    expect(codes[20]).toBe("RATE_LIMITED");
  });
});

describe("asking", () => {
  test("says the same of a known and an unknown address, and mails the known one alone", async () => {
    const { email } = await newMember(service.app);
    const unknown = newCredentials().email;
    const answers = [await ask(email), await ask(unknown)];
    expect(answers[0]?.body).toBe(answers[1]?.body);
    expect(answers[0]?.data.requestPasswordReset).toEqual({ expiresIn: 600, resendAfter: 0 });
    await mailTo(service.app, email, subject);
    expect(await mailsTo(service.app, unknown)).toEqual([]);
    const { rows } = await service.pool.query(
      "SELECT count(*)::int AS n FROM email_codes WHERE address IN ($1, $2) AND purpose = 'RESET'",
      [email, unknown],
    );
    expect(rows[0].n).toBe(2);
  });

  test("the tenth mail within the hour says when there is another, and the eleventh is refused", async () => {
    const { email } = newCredentials();
    const answers = [];
    for (let asked = 0; asked < 11; asked++) answers.push(await ask(email));
    expect(answers[9]?.data.requestPasswordReset.resendAfter).toBeGreaterThan(3500);
    expect(answers[10]?.errors[0]?.extensions).toMatchObject({ code: "RATE_LIMITED" });
  });

  test("what is no address is named", async () => {
    expect((await ask("nonsense")).errors[0]?.extensions.fields).toEqual([
      { field: "email", code: "FORMAT_INVALID" },
    ]);
  });

  test("links lead to PUBLIC_URL, whatever host the request names", async () => {
    const { email } = await newMember(service.app);
    await run(
      service.app,
      "requestPasswordReset",
      { email },
      { headers: { host: "evil.example", "x-forwarded-host": "evil.example" } },
    );
    const { text, html } = await mailTo(service.app, email, subject);
    expect(text).toContain(`${service.config.publicUrl}/reset-password#`);
    expect(text + html).not.toContain("evil.example");
  });
});

test("50 right codes at once set one password", async () => {
  const { auth, email } = await newMember(service.app);
  const { digits, link } = await codesOf(email);
  const passwords = Array.from({ length: 50 }, newPassword);
  const answers = await Promise.all(
    passwords.map((password, index) =>
      reset({ email, code: index % 2 ? digits : link, newPassword: password }),
    ),
  );
  const winners = passwords.filter((_, index) => answers[index]?.data?.resetPassword);
  expect(winners).toHaveLength(1);
  for (const { data, code } of answers)
    if (!data?.resetPassword)
      expect(["INVALID_CODE", "RATE_LIMITED", "OVERLOADED"]).toContain(code);
  const again = await signInAgain(service.app, { email, password: winners[0] as string });
  expect(again.user.id).toBe(auth.user.id);
});

test("an account made with another's address gives its maker nothing once the owner has proved it", async () => {
  const maker = await newMember(service.app);
  const { email } = maker;
  const moved = newCredentials().email;
  const input = { newEmail: moved, password: maker.password };
  await run(service.app, "requestEmailChange", { input }, maker.signedIn);
  const pending = await codeFor(service.app, moved);
  const { link } = await codesOf(email);
  const fresh = newPassword();
  expect((await reset({ email, code: link, newPassword: fresh })).errors).toEqual([]);
  const change = await run(service.app, "confirmEmailChange", { code: pending }, maker.signedIn);
  expect(change.code).toBe("UNAUTHENTICATED");
  const owner = await signInAgain(service.app, { email, password: fresh });
  const late = await run(
    service.app,
    "confirmEmailChange",
    { code: pending },
    {
      headers: { authorization: `Bearer ${owner.accessToken}` },
    },
  );
  expect(late.code).toBe("INVALID_CODE");
  const login = await run(service.app, "login", { input: { email, password: maker.password } });
  expect(login.code).toBe("INVALID_CREDENTIALS");
});
