import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { type AuthView, bearer, run } from "../support/client.js";
import { newMember, refreshTokenOf, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const logout = (variables: object, extras = {}) => run(service.app, "logout", variables, extras);

const reasonNow = async (auth: AuthView) => {
  const { errors } = await run(service.app, "me", {}, bearer(auth.accessToken));
  return errors[0]?.extensions.reason;
};

const endReason = async (auth: AuthView) => {
  const { rows } = await service.pool.query("SELECT end_reason FROM sessions WHERE id = $1", [
    auth.session.id,
  ]);
  return rows[0].end_reason;
};

describe("logout", () => {
  test("ends the session of the refresh token, its access tokens included, and no other", async () => {
    const member = await newMember(service.app);
    const other = await signInAgain(service.app, member);
    const { data } = await logout({ refreshToken: member.auth.refreshToken });
    expect(data.logout).toBe(true);
    expect(await endReason(member.auth)).toBe("SIGNED_OUT");
    expect(await reasonNow(member.auth)).toBe("SESSION_ENDED");
    expect(await reasonNow(other)).toBeUndefined();
    const refreshed = await run(service.app, "refreshToken", {
      refreshToken: member.auth.refreshToken,
    });
    expect(refreshed.code).toBe("INVALID_REFRESH_TOKEN");
  });

  test("without a refresh token ends the session of the access token", async () => {
    const { auth, signedIn } = await newMember(service.app);
    expect((await logout({}, signedIn)).data.logout).toBe(true);
    expect(await endReason(auth)).toBe("SIGNED_OUT");
  });

  test("with a refresh token leaves the session of the access token alone", async () => {
    const member = await newMember(service.app);
    const other = await signInAgain(service.app, member);
    await logout({ refreshToken: other.refreshToken }, member.signedIn);
    expect(await endReason(other)).toBe("SIGNED_OUT");
    expect(await endReason(member.auth)).toBeNull();
  });

  test("with a rotated token ends the session, and that is no reuse", async () => {
    const { auth } = await newMember(service.app);
    await run(service.app, "refreshToken", { refreshToken: auth.refreshToken });
    await logout({ refreshToken: auth.refreshToken });
    expect(await endReason(auth)).toBe("SIGNED_OUT");
  });

  test("with two different refresh tokens ends both sessions", async () => {
    const [one, two] = [await newMember(service.app), await newMember(service.app)];
    await logout({ refreshToken: one.auth.refreshToken }, bearer(refreshTokenOf(two.auth)));
    expect([await endReason(one.auth), await endReason(two.auth)]).toEqual([
      "SIGNED_OUT",
      "SIGNED_OUT",
    ]);
  });

  test.each([
    ["nothing at all", {}, {}],
    ["a forged token", { refreshToken: "gate_forged" }, {}],
    ["a malformed access token", {}, bearer("nonsense")],
  ])("is true with %s: there was nothing left to end", async (_name, variables, extras) => {
    expect((await logout(variables, extras)).data).toEqual({ logout: true });
  });

  test("works twice", async () => {
    const { auth } = await newMember(service.app);
    await logout({ refreshToken: auth.refreshToken });
    expect((await logout({ refreshToken: auth.refreshToken })).data.logout).toBe(true);
  });
});

describe("logout everywhere", () => {
  test("ends all sessions of the user, and nobody else's", async () => {
    const member = await newMember(service.app);
    const other = await signInAgain(service.app, member);
    const stranger = await newMember(service.app);
    await logout({ refreshToken: member.auth.refreshToken, everywhere: true });
    expect(await reasonNow(member.auth)).toBe("SESSION_ENDED");
    expect(await reasonNow(other)).toBe("SESSION_ENDED");
    expect(await reasonNow(stranger.auth)).toBeUndefined();
  });

  test("by access token does the same", async () => {
    const member = await newMember(service.app);
    const other = await signInAgain(service.app, member);
    await logout({ everywhere: true }, member.signedIn);
    expect(await endReason(other)).toBe("SIGNED_OUT");
  });

  test("by the token of a session that is over ends nothing more", async () => {
    const member = await newMember(service.app);
    const other = await signInAgain(service.app, member);
    await logout({ refreshToken: member.auth.refreshToken });
    await logout({ refreshToken: member.auth.refreshToken, everywhere: true });
    expect(await endReason(other)).toBeNull();
  });
});
