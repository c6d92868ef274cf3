import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { codeFor, linkValue, mailTo } from "../support/mail.js";
import { type MemberPersona, newCredentials, newMember, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const ask = ({ password, signedIn }: MemberPersona, newEmail: string) =>
  run(service.app, "requestEmailChange", { input: { newEmail, password } }, signedIn);
const confirm = (code: string, extras = {}) =>
  run(service.app, "confirmEmailChange", { code }, extras);
const report = (token: string) => run(service.app, "reportSession", { token });

/** Somebody whose address is proved. */
async function verifiedMember() {
  const member = await newMember(service.app);
  const code = await codeFor(service.app, member.email, /Your code/);
  const { data } = await run(service.app, "verifyEmail", { input: { code } }, member.signedIn);
  return { ...member, auth: data.verifyEmail, signedIn: bearer(data.verifyEmail.accessToken) };
}

async function moveTo(member: MemberPersona, newEmail: string) {
  await ask(member, newEmail);
  return confirm(await codeFor(service.app, newEmail), member.signedIn);
}

describe("a change of address", () => {
  test("asks for the password, keeps the old address until the code comes, and tells both", async () => {
    const member = await verifiedMember();
    const { email: newEmail } = newCredentials();
    const asked = await ask(member, ` ${newEmail.toUpperCase()} `);
    expect(asked.data.requestEmailChange).toEqual({ expiresIn: 600, resendAfter: 0 });
    expect((await mailTo(service.app, member.email, /Another address/)).text).toContain(newEmail);
    const me = await run(service.app, "me", {}, member.signedIn);
    expect(me.data.me.email).toBe(member.email);
    const { data } = await confirm(await codeFor(service.app, newEmail), member.signedIn);
    expect(data.confirmEmailChange).toMatchObject({ email: newEmail, emailVerified: true });
    await mailTo(service.app, member.email, /has another address/);
    await mailTo(service.app, newEmail, /has another address/);
    const { password } = member;
    await signInAgain(service.app, { email: newEmail, password });
    const old = await run(service.app, "login", { input: { email: member.email, password } });
    expect(old.code).toBe("INVALID_CREDENTIALS");
    expect((await kindsOf(service.pool, member.auth.user.id)).slice(2, 4)).toEqual([
      "EMAIL_CHANGE_REQUESTED",
      "EMAIL_CHANGED",
    ]);
  });

  test("with a wrong password sends nothing", async () => {
    const member = await newMember(service.app);
    const { email: newEmail } = newCredentials();
    const { code } = await ask({ ...member, password: "wrong password" }, newEmail);
    expect(code).toBe("INVALID_CREDENTIALS");
    const { rowCount } = await service.pool.query("SELECT FROM email_codes WHERE address = $1", [
      newEmail,
    ]);
    expect(rowCount).toBe(0);
  });

  test("to one's own address, or to what is none, is refused", async () => {
    const member = await newMember(service.app);
    const own = await ask(member, member.email);
    expect(own.errors[0]?.extensions.fields).toEqual([{ field: "newEmail", code: "TAKEN" }]);
    const none = await ask(member, "nonsense");
    expect(none.errors[0]?.extensions.fields?.[0]?.code).toBe("FORMAT_INVALID");
  });

  test("to a taken address gets the same answer; its owner gets a notice and no code", async () => {
    const owner = await newMember(service.app);
    const member = await newMember(service.app);
    const free = await ask(member, newCredentials().email);
    const taken = await ask(member, owner.email);
    expect(taken.body).toBe(free.body);
    const notice = await mailTo(service.app, owner.email, /already have an account/);
    expect(notice.code).toBeNull();
  });

  test("takes the newest code alone", async () => {
    const member = await newMember(service.app);
    const [first, second] = [newCredentials().email, newCredentials().email];
    await ask(member, first);
    const older = await codeFor(service.app, first);
    await ask(member, second);
    const newer = await codeFor(service.app, second);
    if (older !== newer) expect((await confirm(older, member.signedIn)).code).toBe("INVALID_CODE");
    const { data } = await confirm(newer, member.signedIn);
    expect(data.confirmEmailChange.email).toBe(second);
  });

  test("is confirmed by whoever asked for it, and by nobody else", async () => {
    const member = await newMember(service.app);
    const eve = await newMember(service.app);
    const { email } = newCredentials();
    await ask(member, email);
    const mail = await mailTo(service.app, email);
    for (const code of [mail.code as string, linkValue(mail, "code")])
      expect((await confirm(code, eve.signedIn)).code).toBe("INVALID_CODE");
    expect((await confirm(mail.code as string)).code).toBe("UNAUTHENTICATED");
  });

  test("two claimants of one address race, and one has it", async () => {
    const { email } = newCredentials();
    const claimants = [await newMember(service.app), await newMember(service.app)];
    const codes: string[] = [];
    for (const [index, claimant] of claimants.entries()) {
      await ask(claimant, email);
      codes.push(await codeFor(service.app, email, /code/, index + 1));
    }
    const answers = await Promise.all(
      claimants.map(({ signedIn }, index) => confirm(codes[index] as string, signedIn)),
    );
    expect(answers.filter(({ data }) => data?.confirmEmailChange)).toHaveLength(1);
    const loser = answers.find(({ data }) => !data?.confirmEmailChange);
    expect(loser?.errors[0]?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      fields: [{ field: "newEmail", code: "TAKEN" }],
    });
  });

  test("50 right codes at once move the account once", async () => {
    const member = await newMember(service.app);
    const { email } = newCredentials();
    await ask(member, email);
    const mail = await mailTo(service.app, email);
    const link = linkValue(mail, "code");
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => confirm(link, member.signedIn)),
    );
    expect(answers.filter(({ data }) => data?.confirmEmailChange)).toHaveLength(1);
    const kinds = await kindsOf(service.pool, member.auth.user.id);
    expect(kinds.filter((kind) => kind === "EMAIL_CHANGED")).toHaveLength(1);
  });
});

describe("the link of the mail to the old address", () => {
  const undoLink = async (email: string) =>
    linkValue(await mailTo(service.app, email, /has another address/), "token");

  test("brings the address back, signs everybody out and blocks the password", async () => {
    const member = await verifiedMember();
    const { email: thiefs } = newCredentials();
    await moveTo(member, thiefs);
    const token = await undoLink(member.email);
    expect((await report(token)).data.reportSession).toBe(true);
    const me = await run(service.app, "me", {}, member.signedIn);
    expect(me.errors[0]?.extensions.reason).toBe("SESSION_ENDED");
    const { email, password } = member;
    const login = await run(service.app, "login", { input: { email, password } });
    expect(login.code).toBe("PASSWORD_RESET_REQUIRED");
    await run(service.app, "requestPasswordReset", { email });
    const code = await codeFor(service.app, email, /new password/);
    const fresh = newCredentials().password;
    const reset = await run(service.app, "resetPassword", {
      input: { email, code, newPassword: fresh },
    });
    expect(reset.errors).toEqual([]);
    const back = await signInAgain(service.app, { email, password: fresh });
    expect(back.user.id).toBe(member.auth.user.id);
    expect((await report(token)).code).toBe("INVALID_CODE");
  });

  test("voids the links of the addresses that came after it", async () => {
    const member = await verifiedMember();
    const [second, third] = [newCredentials().email, newCredentials().email];
    await moveTo(member, second);
    await moveTo(member, third);
    const thiefs = linkValue(
      (await mailTo(service.app, second, /has another address/, 2)) ?? { text: "" },
      "token",
    );
    expect((await report(await undoLink(member.email))).errors).toEqual([]);
    expect((await report(thiefs)).code).toBe("INVALID_CODE");
    const { rows } = await service.pool.query("SELECT email FROM users WHERE id = $1", [
      member.auth.user.id,
    ]);
    expect(rows[0].email).toBe(member.email);
  });

  test("keeps the address free for its owner: nobody registers with it or moves to it", async () => {
    const member = await verifiedMember();
    await moveTo(member, newCredentials().email);
    const squatter = await run(service.app, "register", {
      input: { ...newCredentials(), email: member.email },
    });
    expect(squatter.errors[0]?.extensions.fields).toEqual([{ field: "email", code: "TAKEN" }]);
    const other = await newMember(service.app);
    await ask(other, member.email);
    await mailTo(service.app, member.email, /already have an account/);
  });

  test("is not there where the old address was never proved: it may be a stranger's", async () => {
    const member = await newMember(service.app);
    await moveTo(member, newCredentials().email);
    const { text } = await mailTo(service.app, member.email, /has another address/);
    expect(text).not.toContain("#token=");
  });
});
