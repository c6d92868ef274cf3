import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { run } from "../support/client.js";
import { codeFor, linkValue, mailTo } from "../support/mail.js";
import { newMember, newRetryKey, refreshTokenOf, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const verify = (input: object, extras = {}) => run(service.app, "verifyEmail", { input }, extras);

describe("EMAIL_VERIFICATION=optional", () => {
  test("signs in at once, mails a code, and the code verifies the address", async () => {
    const { auth, email, signedIn } = await newMember(service.app);
    expect(auth.user.emailVerified).toBe(false);
    const code = await codeFor(service.app, email);
    expect(code).toMatch(/^\d{6}$/);
    const { data } = await verify({ code }, signedIn);
    expect(data.verifyEmail.user).toMatchObject({ id: auth.user.id, emailVerified: true });
    expect(await kindsOf(service.pool, auth.user.id)).toEqual(["REGISTERED", "EMAIL_VERIFIED"]);
  });

  test("the code renews the caller's session, opens none, and ignores deviceName and transport", async () => {
    const { auth, email, signedIn } = await newMember(service.app);
    const code = await codeFor(service.app, email);
    const input = { code, deviceName: "Other", transport: "COOKIE" };
    const { data, cookies } = await verify(input, signedIn);
    expect(cookies).toEqual([]);
    expect(data.verifyEmail.session).toMatchObject({
      id: auth.session.id,
      device: auth.session.device,
      rotations: 1,
      current: true,
    });
    expect(data.verifyEmail.refreshToken).not.toBe(auth.refreshToken);
    const sessions = await run(service.app, "mySessions", {}, signedIn);
    expect(sessions.data.mySessions).toHaveLength(1);
  });

  test("a lost answer is asked for again by refreshToken with the same retry key", async () => {
    const { auth, email, signedIn } = await newMember(service.app);
    const code = await codeFor(service.app, email);
    const retryKey = newRetryKey();
    const { data } = await verify({ code, retryKey }, signedIn);
    const again = await run(service.app, "refreshToken", {
      refreshToken: refreshTokenOf(auth),
      retryKey,
    });
    expect(again.data.refreshToken.refreshToken).toBe(data.verifyEmail.refreshToken);
  });

  test("the long code of the mail's link does the same", async () => {
    const { email, signedIn } = await newMember(service.app);
    const mail = await mailTo(service.app, email);
    const { data } = await verify({ code: linkValue(mail, "code") }, signedIn);
    expect(data.verifyEmail.user.emailVerified).toBe(true);
  });

  test("another person's code verifies nothing", async () => {
    const ada = await newMember(service.app);
    const eve = await newMember(service.app);
    const mail = await mailTo(service.app, ada.email);
    for (const code of [mail.code, linkValue(mail, "code")])
      expect((await verify({ code }, eve.signedIn)).code).toBe("INVALID_CODE");
  });

  test("neither bearer nor verificationToken is UNAUTHENTICATED, and so is sending", async () => {
    expect((await verify({ code: "123456" })).code).toBe("UNAUTHENTICATED");
    expect((await run(service.app, "sendEmailVerification")).code).toBe("UNAUTHENTICATED");
  });

  test("a malformed retry key and device name are named", async () => {
    const { signedIn } = await newMember(service.app);
    const short = await verify({ code: "123456", retryKey: "short" }, signedIn);
    expect(short.errors[0]?.extensions.fields).toEqual([{ field: "retryKey", code: "TOO_SHORT" }]);
    const device = await verify({ code: "123456", deviceName: "a\u0000b" }, signedIn);
    expect(device.errors[0]?.extensions.fields?.[0]?.field).toBe("deviceName");
  });
});

test("EMAIL_VERIFICATION=off mails no code by itself", async () => {
  const off = await startTestApp({ EMAIL_VERIFICATION: "off" });
  const member = await newMember(off.app);
  const { rows } = await off.pool.query("SELECT FROM mails UNION ALL SELECT FROM email_codes");
  expect(rows).toHaveLength(0);
  const again = await signInAgain(off.app, member);
  expect(again.user.emailVerified).toBe(false);
  await off.close();
});
