import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run, type SessionView } from "../support/client.js";
import { newMember, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const age = (id: string, columns: string[], seconds: number) =>
  service.pool.query(
    `UPDATE sessions SET ${columns.map((c) => `${c} = ${c} - $2 * interval '1 second'`).join(", ")} WHERE id = $1`,
    [id, seconds],
  );

const list = async (extras: object, includeEnded = false): Promise<SessionView[]> =>
  (await run(service.app, "mySessions", { includeEnded }, extras)).data.mySessions;

const ids = (sessions: SessionView[]) => sessions.map(({ id }) => id);

describe("mySessions", () => {
  test("shows the caller's living sessions alone, latest use first, the current one marked", async () => {
    const member = await newMember(service.app);
    await newMember(service.app);
    const second = await signInAgain(service.app, member);
    const third = await signInAgain(service.app, member);
    await run(service.app, "refreshToken", { refreshToken: second.refreshToken });
    const sessions = await list(member.signedIn);
    expect(ids(sessions)).toEqual([second.session.id, third.session.id, member.auth.session.id]);
    expect(sessions.map(({ current }) => current)).toEqual([false, false, true]);
  });

  test("shows ended sessions of the last 30 days when asked, with the reason and by whom", async () => {
    const member = await newMember(service.app);
    const [old, recent] = [
      await signInAgain(service.app, member),
      await signInAgain(service.app, member),
    ];
    for (const { session } of [old, recent])
      await run(service.app, "revokeSession", { id: session.id }, member.signedIn);
    await age(old.session.id, ["ended_at"], 31 * 86_400);
    expect(ids(await list(member.signedIn))).toEqual([member.auth.session.id]);
    const sessions = await list(member.signedIn, true);
    expect(ids(sessions).sort()).toEqual([member.auth.session.id, recent.session.id].sort());
    const ended = sessions.find(({ id }) => id === recent.session.id);
    expect(ended).toMatchObject({ endReason: "REVOKED", endedByIp: "127.0.0.1" });
  });

  test("shows an expired session as ended at its expiry", async () => {
    const member = await newMember(service.app);
    const { session } = await signInAgain(service.app, member);
    await age(session.id, ["expires_at"], 31 * 86_400);
    expect(ids(await list(member.signedIn))).not.toContain(session.id);
    const expired = (await list(member.signedIn, true)).find(({ id }) => id === session.id);
    expect(expired).toMatchObject({ endReason: "EXPIRED", endedAt: expired?.expiresAt });
  });

  test("shows at most 100 that ended", async () => {
    const member = await newMember(service.app);
    await service.pool.query(
      `INSERT INTO sessions (id, user_id, transport, device, created_at, last_used_at, expires_at, absolute_expires_at, ended_at, end_reason)
       SELECT gen_random_uuid(), $1, 'BODY', 'old', now(), now(), now() + interval '1 day', now() + interval '1 day', now(), 'REVOKED'
       FROM generate_series(1, 120)`,
      [member.auth.user.id],
    );
    expect(await list(member.signedIn, true)).toHaveLength(101);
  });

  test("never shows a token or a stranger's session", async () => {
    const member = await newMember(service.app);
    const { body } = await run(service.app, "mySessions", {}, member.signedIn);
    expect(body).not.toContain("gate_");
    expect(body).not.toContain(member.auth.accessToken);
  });
});

describe("revokeSession", () => {
  test("ends another session of one's own at once", async () => {
    const member = await newMember(service.app);
    const other = await signInAgain(service.app, member);
    const { data } = await run(
      service.app,
      "revokeSession",
      { id: other.session.id },
      member.signedIn,
    );
    expect(data.revokeSession).toMatchObject({ id: other.session.id, endReason: "REVOKED" });
    const refreshed = await run(service.app, "refreshToken", { refreshToken: other.refreshToken });
    expect(refreshed.code).toBe("INVALID_REFRESH_TOKEN");
    const me = await run(service.app, "me", {}, bearer(other.accessToken));
    expect(me.errors[0]?.extensions.reason).toBe("SESSION_ENDED");
  });

  test("also ends the current one", async () => {
    const { auth, signedIn } = await newMember(service.app);
    const { data } = await run(service.app, "revokeSession", { id: auth.session.id }, signedIn);
    expect(data.revokeSession.current).toBe(true);
    expect((await run(service.app, "mySessions", {}, signedIn)).code).toBe("UNAUTHENTICATED");
  });

  test("once more gives the same answer and changes nothing", async () => {
    const member = await newMember(service.app);
    const { session } = await signInAgain(service.app, member);
    const revoke = () => run(service.app, "revokeSession", { id: session.id }, member.signedIn);
    expect((await revoke()).data).toEqual((await revoke()).data);
  });

  test("of somebody else's session is answered as of one that does not exist", async () => {
    const [member, stranger] = [await newMember(service.app), await newMember(service.app)];
    const revoke = (id: string) => run(service.app, "revokeSession", { id }, member.signedIn);
    const foreign = await revoke(stranger.auth.session.id);
    expect(foreign.code).toBe("NOT_FOUND");
    for (const id of [randomUUID(), "not-an-id", "", "\u0000", "1"])
      expect((await revoke(id)).errors).toEqual(foreign.errors);
    expect(ids(await list(stranger.signedIn))).toEqual([stranger.auth.session.id]);
  });
});

describe("revokeOtherSessions", () => {
  test("ends all but the caller's own and returns those", async () => {
    const member = await newMember(service.app);
    const others = [await signInAgain(service.app, member), await signInAgain(service.app, member)];
    const { data } = await run(service.app, "revokeOtherSessions", {}, member.signedIn);
    expect(ids(data.revokeOtherSessions).sort()).toEqual(others.map((o) => o.session.id).sort());
    expect(ids(await list(member.signedIn))).toEqual([member.auth.session.id]);
    const again = await run(service.app, "revokeOtherSessions", {}, member.signedIn);
    expect(again.data.revokeOtherSessions).toEqual([]);
  });

  test("of two devices at once leaves none blocked", async () => {
    const member = await newMember(service.app);
    const other = await signInAgain(service.app, member);
    for (let i = 0; i < 8; i++) await signInAgain(service.app, member);
    const answers = await Promise.all([
      run(service.app, "revokeOtherSessions", {}, member.signedIn),
      run(service.app, "revokeOtherSessions", {}, bearer(other.accessToken)),
    ]);
    for (const { code } of answers) expect([undefined, "UNAUTHENTICATED"]).toContain(code);
    const { rows } = await service.pool.query(
      "SELECT count(*)::int AS n FROM sessions WHERE user_id = $1 AND ended_at IS NULL",
      [member.auth.user.id],
    );
    expect(rows[0].n).toBeLessThanOrEqual(1);
  });
});
