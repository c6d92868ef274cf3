import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { historyOf, kindsOf } from "../support/activity.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { mailTo } from "../support/mail.js";
import {
  newCredentials,
  newMember,
  newRetryKey,
  refreshTokenOf,
  signInAgain,
} from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const change = (input: object, extras = {}) =>
  run(service.app, "changePassword", { input }, extras);
const newPassword = () => newCredentials().password;

test("a change ends every other session before it answers, and renews the caller's", async () => {
  const member = await newMember(service.app);
  const other = await signInAgain(service.app, member);
  const input = { currentPassword: member.password, newPassword: newPassword() };
  const { data } = await change(input, member.signedIn);
  const { changePassword: auth } = data;
  expect(auth.session).toMatchObject({ id: member.auth.session.id, rotations: 1, current: true });
  const me = await run(service.app, "me", {}, bearer(other.accessToken));
  expect(me.errors[0]?.extensions.reason).toBe("SESSION_ENDED");
  const refreshed = await run(service.app, "refreshToken", { refreshToken: auth.refreshToken });
  expect(refreshed.data.refreshToken.session.rotations).toBe(2);
  const list = await run(
    service.app,
    "mySessions",
    { includeEnded: true },
    bearer(auth.accessToken),
  );
  const ended = list.data.mySessions.filter(({ endedAt }: { endedAt: unknown }) => endedAt);
  expect(ended).toMatchObject([{ id: other.session.id, endReason: "PASSWORD_CHANGED" }]);
});

test("it is written down with the caller's session, and mailed", async () => {
  const member = await newMember(service.app, { deviceName: "My desk" });
  const input = { currentPassword: member.password, newPassword: newPassword() };
  await change(input, member.signedIn);
  const { id } = member.auth.user;
  expect(await kindsOf(service.pool, id)).toEqual(["REGISTERED", "PASSWORD_CHANGED"]);
  expect((await historyOf(service.pool, id))[1]).toMatchObject({
    session_id: member.auth.session.id,
    device: "My desk",
    ip: "127.0.0.1",
  });
  await mailTo(service.app, member.email, /password was changed/);
});

test("a lost answer is asked for again by refreshToken with the same retry key", async () => {
  const { auth, password, signedIn } = await newMember(service.app);
  const retryKey = newRetryKey();
  const input = { currentPassword: password, newPassword: newPassword(), retryKey };
  const { data } = await change(input, signedIn);
  const again = await run(service.app, "refreshToken", {
    refreshToken: refreshTokenOf(auth),
    retryKey,
  });
  expect(again.data.refreshToken.refreshToken).toBe(data.changePassword.refreshToken);
});

test("the refresh token from before the change counts as used", async () => {
  const strict = await startTestApp({ REFRESH_TAB_WINDOW: "0s", REFRESH_LATE_WINDOW: "0s" });
  const { auth, password, signedIn } = await newMember(strict.app);
  const input = { currentPassword: password, newPassword: newPassword() };
  await run(strict.app, "changePassword", { input }, signedIn);
  const refreshToken = refreshTokenOf(auth);
  expect((await run(strict.app, "refreshToken", { refreshToken })).code).toBe(
    "INVALID_REFRESH_TOKEN",
  );
  expect(await kindsOf(strict.pool, auth.user.id)).toEqual([
    "REGISTERED",
    "PASSWORD_CHANGED",
    "REUSE_DETECTED",
  ]);
  await mailTo(strict.app, auth.user.email, /signed out/);
  await strict.close();
});

test("a wrong password changes nothing, and is written down", async () => {
  const { auth, email, password, signedIn } = await newMember(service.app);
  const input = { currentPassword: `${password}x`, newPassword: newPassword() };
  expect((await change(input, signedIn)).code).toBe("INVALID_CREDENTIALS");
  expect((await signInAgain(service.app, { email, password })).user.id).toBe(auth.user.id);
  expect(await kindsOf(service.pool, auth.user.id)).toEqual([
    "REGISTERED",
    "SIGN_IN_FAILED",
    "SIGNED_IN",
  ]);
});

test.each([
  ["short", "TOO_SHORT"],
  ["password123", "INSECURE"],
  ["Bartholomea", "INSECURE"],
])("the new password %j is refused: %s", async (weak, code) => {
  const { password, signedIn } = await newMember(service.app, { lastName: "Bartholomea" });
  const { errors } = await change({ currentPassword: password, newPassword: weak }, signedIn);
  expect(errors[0]?.extensions.fields).toMatchObject([{ field: "newPassword", code }]);
});

test("of two changes at once one wins, and one session lives", async () => {
  const member = await newMember(service.app);
  const other = await signInAgain(service.app, member);
  const passwords = [newPassword(), newPassword()];
  const answers = await Promise.all(
    [member.auth, other].map(({ accessToken }, index) =>
      change(
        { currentPassword: member.password, newPassword: passwords[index] },
        bearer(accessToken),
      ),
    ),
  );
  const won = answers.findIndex(({ data }) => data?.changePassword);
  const lost = answers[1 - won];
  expect(["INVALID_CREDENTIALS", "UNAUTHENTICATED"]).toContain(lost?.code);
  const { rows } = await service.pool.query(
    "SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL",
    [member.auth.user.id],
  );
  expect(rows).toEqual([{ id: [member.auth, other][won]?.session.id }]);
  const { email } = member;
  await signInAgain(service.app, { email, password: passwords[won] as string });
});

test("a session in a cookie gets its token there, and not from a foreign page", async () => {
  const member = await newMember(service.app, { transport: "COOKIE" });
  const { headers } = member.signedIn;
  const input = { currentPassword: member.password, newPassword: newPassword() };
  const foreign = await change(input, { headers: { ...headers, origin: "https://evil.example" } });
  expect(foreign.code).toBe("FORBIDDEN");
  const { data, cookies } = await change(input, { headers });
  expect(data.changePassword.refreshToken).toBeNull();
  expect(cookies[0]?.name).toBe("gatehouse_refresh");
});

test("nobody who is signed out changes anything", async () => {
  const { auth, password, signedIn } = await newMember(service.app);
  await run(service.app, "logout", { refreshToken: auth.refreshToken });
  const input = { currentPassword: password, newPassword: newPassword() };
  expect((await change(input, signedIn)).code).toBe("UNAUTHENTICATED");
  expect((await change(input)).code).toBe("UNAUTHENTICATED");
});
