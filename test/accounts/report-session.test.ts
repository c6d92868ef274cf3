import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { historyOf, kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { linkValue, mailsTo, mailTo } from "../support/mail.js";
import { type MemberPersona, newCredentials, newMember, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const otherFirefox = firefox.replaceAll("128.0", "129.0");
const chrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36";

const at = (userAgent: string, remoteAddress: string) => ({
  headers: { "user-agent": userAgent },
  remoteAddress,
});
const home = at(firefox, "203.0.113.7");
const report = (token: string) => run(service.app, "reportSession", { token });

async function thiefSignsIn(member: MemberPersona) {
  const auth = await signInAgain(service.app, member, {}, at(chrome, "198.51.100.9"));
  const mail = await mailTo(service.app, member.email, /New sign-in/);
  return { auth, mail, token: linkValue(mail, "token") };
}

describe("a sign-in", () => {
  test.each([
    ["the same browser at the same address", home, false],
    ["a newer version of it in the same network", at(otherFirefox, "203.0.113.99"), false],
    ["another browser", at(chrome, "203.0.113.7"), true],
    ["the same browser in another network", at(firefox, "198.51.100.7"), true],
    ["no user agent", at("", "203.0.113.7"), true],
  ])("from %s (new: %j)", async (_name, extras, isNew) => {
    const member = await newMember(service.app, {}, home);
    await signInAgain(service.app, member, { deviceName: "Firefox on Linux" }, extras);
    const kinds = await kindsOf(service.pool, member.auth.user.id);
    expect(kinds).toEqual(["REGISTERED", "SIGNED_IN", ...(isNew ? ["NEW_DEVICE"] : [])]);
    if (isNew) await mailTo(service.app, member.email, /New sign-in/);
  });

  test("names device, address and time in the mail, and no more of what the client said", async () => {
    const member = await newMember(service.app, {}, home);
    const evil = at("https://evil.example/<b>click</b>", "198.51.100.9");
    await signInAgain(service.app, member, { deviceName: "<a href=x>win.example</a>" }, evil);
    const { text, html } = await mailTo(service.app, member.email, /New sign-in/);
    expect(text).toContain("198.51.100.9");
    expect(text).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    expect(text + html).not.toMatch(/evil\.example|win\.example|<b>click/);
  });
});

describe('"this was not me"', () => {
  test("ends that session and every other, and blocks the password until it is reset", async () => {
    const member = await newMember(service.app, {}, home);
    const thief = await thiefSignsIn(member);
    const { status, data } = await report(thief.token);
    expect([status, data.reportSession]).toEqual([200, true]);
    for (const { accessToken } of [member.auth, thief.auth]) {
      const me = await run(service.app, "me", {}, bearer(accessToken));
      expect(me.errors[0]?.extensions.reason).toBe("SESSION_ENDED");
    }
    const { email, password } = member;
    const right = await run(service.app, "login", { input: { email, password } });
    expect(right.code).toBe("PASSWORD_RESET_REQUIRED");
    const wrong = await run(service.app, "login", { input: { email, password: "wrong" } });
    expect(wrong.code).toBe("INVALID_CREDENTIALS");
    await mailTo(service.app, email, /is locked/);
    await run(service.app, "requestPasswordReset", { email });
    const code = linkValue(await mailTo(service.app, email, /new password/), "code");
    const newPassword = newCredentials().password;
    await run(service.app, "resetPassword", { input: { email, code, newPassword } });
    await signInAgain(service.app, { email, password: newPassword });
  });

  test("is written down with the session that was reported", async () => {
    const member = await newMember(service.app, {}, home);
    const { auth, token } = await thiefSignsIn(member);
    await report(token);
    const history = await historyOf(service.pool, member.auth.user.id);
    const kinds = history.map(({ kind }) => kind);
    expect(kinds.slice(3).sort()).toEqual([
      "ACCOUNT_LOCKED",
      "SESSION_REPORTED",
      "SESSION_REVOKED",
      "SESSION_REVOKED",
    ]);
    expect(history.find(({ kind }) => kind === "SESSION_REPORTED")).toMatchObject({
      session_id: auth.session.id,
      device: auth.session.device,
    });
  });

  test("works once, also 50 times at once", async () => {
    const member = await newMember(service.app, {}, home);
    const { token } = await thiefSignsIn(member);
    const answers = await Promise.all(Array.from({ length: 50 }, () => report(token)));
    expect(answers.filter(({ data }) => data?.reportSession)).toHaveLength(1);
    const others = answers.filter(({ data }) => !data?.reportSession);
    for (const { code } of others) expect(["INVALID_CODE", "OVERLOADED"]).toContain(code);
    const kinds = await kindsOf(service.pool, member.auth.user.id);
    expect(kinds.filter((kind) => kind === "ACCOUNT_LOCKED")).toHaveLength(1);
  });

  test("a sign-in with the right password that is under way opens no session", async () => {
    const member = await newMember(service.app, {}, home);
    const { token } = await thiefSignsIn(member);
    const { email, password } = member;
    const signIns = Array.from({ length: 5 }, () =>
      run(service.app, "login", { input: { email, password } }, home),
    );
    await Promise.all([report(token), ...signIns]);
    const { rowCount } = await service.pool.query(
      "SELECT FROM sessions WHERE user_id = $1 AND ended_at IS NULL",
      [member.auth.user.id],
    );
    expect(rowCount).toBe(0);
  });

  test.each(["", "nonsense", "123456", "A".repeat(43)])("%j is INVALID_CODE", async (token) => {
    expect((await report(token)).code).toBe("INVALID_CODE");
  });

  test("the code of another purpose is INVALID_CODE", async () => {
    const { email } = await newMember(service.app);
    const mail = await mailTo(service.app, email, /Your code/);
    expect((await report(linkValue(mail, "code"))).code).toBe("INVALID_CODE");
  });

  test("the mail is sent for each new device, and not for others", async () => {
    const member = await newMember(service.app, {}, home);
    await thiefSignsIn(member);
    await signInAgain(service.app, member, {}, home);
    await mailTo(service.app, member.email, /New sign-in/);
    const mails = await mailsTo(service.app, member.email);
    expect(mails.filter(({ subject }) => /New sign-in/.test(subject))).toHaveLength(1);
  });
});
