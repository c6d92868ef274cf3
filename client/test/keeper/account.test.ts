import { describe, expect, test } from "@jest/globals";
import {
  type AuthEvent,
  changePassword,
  GatehouseError,
  hasCode,
  verifyEmail,
} from "../../src/index.js";
import { credentials, minute, story } from "../support/story.js";

const it = story();

describe("what a person does", () => {
  test("a visitor is told from one request, and no event is made of it", async () => {
    const events: AuthEvent[] = [];
    const tab = it.browser.open();
    tab.onAuthStateChange((event) => events.push(event));
    expect(tab.state).toEqual({ status: "loading" });
    await it.pass(100);
    expect(tab.state).toEqual({ status: "signedOut" });
    expect(events).toEqual([]);
    expect(it.server.count("Refresh")).toBe(1);
    expect(it.browser.record()).toEqual({});
  });

  test("sign-up and sign-in tell who came in", async () => {
    const tab = await it.anotherTab();
    const registration = await it.settled(tab.register(credentials));
    expect(registration).toMatchObject({ status: "signedIn", user: { email: credentials.email } });
    await it.settled(tab.signOut());
    await expect(it.settled(tab.signIn(credentials))).resolves.toMatchObject({
      email: credentials.email,
    });
    expect(tab.state).toMatchObject({ status: "signedIn", user: { email: credentials.email } });
  });

  test("a registration that waits for its code says so", async () => {
    const tab = await it.anotherTab();
    const waiting = { register: { auth: null, verificationToken: "v" } };
    it.server.answers.set("Register", { data: waiting });
    await expect(it.settled(tab.register(credentials))).resolves.toEqual({
      status: "verificationRequired",
      verificationToken: "v",
    });
    expect(tab.state.status).toBe("signedOut");
  });

  test("a wrong password is an error with its code, and nothing changes", async () => {
    const tab = await it.anotherTab();
    const error = await it
      .settled(tab.signIn({ ...credentials, password: "wrong" }))
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(GatehouseError);
    expect(hasCode(error, "INVALID_CREDENTIALS")).toBe(true);
    expect(tab.state.status).toBe("signedOut");
  });

  test("BAD_USER_INPUT names the fields", async () => {
    const tab = await it.anotherTab();
    const fields = [{ field: "email", code: "TAKEN" }];
    const extensions = { code: "BAD_USER_INPUT", fields };
    it.server.answers.set("Register", { data: null, errors: [{ message: "no", extensions }] });
    const error = await it.settled(tab.register(credentials)).catch((thrown) => thrown);
    expect(hasCode(error, "BAD_USER_INPUT") && error.details.fields).toEqual(fields);
  });

  test("events say what happened, in order", async () => {
    const events: AuthEvent[] = [];
    const tab = await it.anotherTab();
    const stop = tab.onAuthStateChange((event) => events.push(event));
    await it.settled(tab.signIn(credentials));
    await it.settled(tab.refresh());
    it.server.rename(credentials.email, "Ada");
    await it.settled(tab.reloadUser());
    await it.settled(tab.signOut());
    expect(events).toEqual(["SIGNED_IN", "TOKEN_REFRESHED", "USER_UPDATED", "SIGNED_OUT"]);
    stop();
    await it.settled(tab.signIn(credentials));
    expect(events).toHaveLength(4);
  });

  test("a changed user is changed in all tabs", async () => {
    const tab = await it.signedInTab();
    const other = await it.anotherTab();
    it.server.rename(credentials.email, "Ada");
    await it.settled(tab.reloadUser());
    expect(other.state.user?.firstName).toBe("Ada");
  });

  test("sign-out that does not reach the service leaves the session as it is", async () => {
    const tab = await it.signedInTab();
    it.server.isDown = true;
    await expect(it.settled(tab.signOut())).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    expect(tab.state.status).toBe("signedIn");
  });

  test("sign-out can end all sessions of the user", async () => {
    const tab = await it.signedInTab();
    await it.settled(tab.signOut({ everywhere: true }));
    expect(it.server.sent.at(-1)?.variables).toMatchObject({ everywhere: true });
  });

  describe.each([
    ["COOKIE", () => ({})],
    ["BODY", () => ({ transport: "BODY" as const, storage: localStorage })],
  ])("an operation that brings new tokens (%s)", (_, options) => {
    const input = { currentPassword: "right", newPassword: "another" };

    test("is taken like a refresh", async () => {
      const tab = await it.signedInTab(options());
      const before = await tab.getAccessToken();
      await it.settled(changePassword(tab, input));
      expect(await tab.getAccessToken()).not.toBe(before);
      await it.pass(2 * minute);
      await it.settled(tab.refresh());
      expect(tab.state.session?.rotations).toBe(2);
    });

    test("has a key: its lost answer is asked for again by the next refresh", async () => {
      const tab = await it.signedInTab(options());
      it.server.mishaps.push("replyLost");
      await expect(it.settled(changePassword(tab, input))).rejects.toMatchObject({
        code: "NETWORK_ERROR",
      });
      await it.pass(10 * minute);
      await it.settled(tab.refresh());
      expect(tab.state).toMatchObject({ status: "signedIn", session: { rotations: 1 } });
    });

    test("refused, changes nothing", async () => {
      const tab = await it.signedInTab(options());
      const wrong = { ...input, currentPassword: "wrong" };
      await expect(it.settled(changePassword(tab, wrong))).rejects.toMatchObject({
        code: "INVALID_CREDENTIALS",
      });
      await it.settled(tab.refresh());
      expect(tab.state.session?.rotations).toBe(1);
    });

    test("can sign a visitor in", async () => {
      const tab = await it.anotherTab(options());
      await it.settled(verifyEmail(tab, { code: "123456", verificationToken: "v" }));
      expect(tab.state.status).toBe("signedIn");
      await it.settled(tab.refresh());
      expect(tab.state.session?.rotations).toBe(1);
    });
  });

  test("an operation whose token was refused is repeated once with another", async () => {
    const tab = await it.signedInTab();
    it.server.forgetAccessTokens();
    const sessions = it.settled(tab.request("query Sessions { mySessions { id } }"), 1000);
    await expect(sessions).resolves.toMatchObject({ mySessions: [{ current: true }] });
    expect(it.server.count("Sessions")).toBe(2);
  });

  test("a session that was revoked elsewhere is signed out at the next operation", async () => {
    const tab = await it.signedInTab();
    it.server.revoke(tab.state.session?.id ?? "");
    const failed = it.settled(tab.request("query Sessions { mySessions { id } }"), 1000);
    await expect(failed).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(tab.state.status).toBe("signedOut");
    expect(it.server.count("Sessions")).toBe(1);
  });
});
