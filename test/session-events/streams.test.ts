import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { testSettings } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { type MemberPersona, newMember, refreshTokenOf, signInAgain } from "../support/personas.js";
import { listen } from "../support/raw-http.js";
import { type Replica, startReplica } from "../support/replica.js";
import { closeSockets, listenTo, type TestSocket } from "../support/socket.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

const settings = testSettings();
let database: TestDatabase;
let toListener: TcpProxy;
/** Where things happen. */
let here: Replica;
/** Where people are connected. */
let there: Replica;
let port: number;

beforeAll(async () => {
  database = await createTestDatabase();
  toListener = await startTcpProxy(database.url);
  here = await startReplica({ url: database.url, settings, poolSize: 4 });
  there = await startReplica({
    url: database.url,
    settings: { ...settings, DATABASE_LISTEN_URL: toListener.url },
    poolSize: 4,
  });
  ({ port } = await listen(there.app));
});
afterEach(closeSockets);
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
  await Promise.all([toListener.close(), database.close()]);
});

const operator = (statement: string, values: unknown[] = []) =>
  database.dataSource.query(statement, values);

const metric = async (series: string): Promise<number> => {
  const { body } = await there.app.inject("/metrics");
  const line = body.split("\n").find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
};

/** Somebody who is signed in and listens on the other replica. */
async function listening(): Promise<MemberPersona & { ear: TestSocket }> {
  const member = await newMember(here.app);
  return { ...member, ear: await listenTo(port, member.auth.accessToken) };
}

/** Waits until so many events have come, and no more. */
async function events({ ear }: { ear: TestSocket }, count: number) {
  await until(() => ear.events().length >= count);
  expect(ear.events()).toHaveLength(count);
  return ear.events();
}

const revoke = (id: string, accessToken: string) =>
  run(here.app, "revokeSession", { id }, bearer(accessToken));

describe("who listens on one replica is told what happens on another:", () => {
  test("another session began, and ended", async () => {
    const member = await listening();
    const other = await signInAgain(here.app, member, { deviceName: "Kitchen tablet" });
    const [began] = await events(member, 1);
    expect(began).toEqual({
      kind: "SESSION_STARTED",
      at: other.session.createdAt,
      session: expect.objectContaining({ id: other.session.id, device: "Kitchen tablet" }),
    });
    await revoke(other.session.id, member.auth.accessToken);
    const [, ended] = await events(member, 2);
    expect(ended).toMatchObject({
      kind: "SESSION_ENDED",
      session: { id: other.session.id, current: false, endReason: "REVOKED" },
    });
    expect(ended.at).toBe(ended.session.endedAt);
    expect(member.ear.isOpen()).toBe(true);
  });

  test("the profile changed: a name, a role, what is verified; not the password", async () => {
    const member = await listening();
    const { id } = member.auth.user;
    await run(here.app, "updateProfile", { input: { firstName: "Ada" } }, member.signedIn);
    await operator("UPDATE users SET email_verified = true WHERE id = $1", [id]);
    await operator("UPDATE users SET role = 'ADMIN' WHERE id = $1", [id]);
    await operator("UPDATE users SET role = 'ADMIN', email_verified = true WHERE id = $1", [id]);
    const currentPassword = member.password;
    const newPassword = "another horse battery";
    await run(
      here.app,
      "changePassword",
      { input: { currentPassword, newPassword } },
      member.signedIn,
    );
    await run(here.app, "updateProfile", { input: { firstName: null } }, member.signedIn);
    const told = await events(member, 3);
    expect(told.map(({ kind, session }) => [kind, session])).toEqual(
      Array(3).fill(["PROFILE_CHANGED", null]),
    );
  });

  test("others of the account, and nobody else", async () => {
    const [one, stranger] = [await listening(), await listening()];
    const other = await signInAgain(here.app, one);
    await revoke(other.session.id, one.auth.accessToken);
    await run(here.app, "updateProfile", { input: { lastName: "Byron" } }, one.signedIn);
    await events(one, 3);
    // Behind all of the above, in the order of the commits.
    await run(here.app, "updateProfile", { input: { lastName: "Hopper" } }, stranger.signedIn);
    const told = await events(stranger, 1);
    expect(told[0].kind).toBe("PROFILE_CHANGED");
  });

  test("all who listen in one account, each with its own view of it", async () => {
    const member = await listening();
    const other = await signInAgain(here.app, member);
    const second = await listenTo(port, other.accessToken);
    await revoke(other.session.id, member.auth.accessToken);
    await until(() => second.events().length === 1 && member.ear.events().length === 2);
    expect(second.events()[0].session).toMatchObject({ id: other.session.id, current: true });
    expect(member.ear.events()[1].session).toMatchObject({ id: other.session.id, current: false });
  });

  test("a refresh is no event", async () => {
    const member = await listening();
    await run(here.app, "refreshToken", { refreshToken: refreshTokenOf(member.auth) });
    await operator("UPDATE users SET first_name = 'x' WHERE id = $1", [member.auth.user.id]);
    expect((await events(member, 1))[0].kind).toBe("PROFILE_CHANGED");
  });
});

describe("whose own session ends is told so, and then nothing any more:", () => {
  const ways: [string, (member: MemberPersona) => Promise<unknown>][] = [
    [
      "revoked on another replica",
      async (member) => {
        const other = await signInAgain(here.app, member);
        return revoke(member.auth.session.id, other.accessToken);
      },
    ],
    ["signed out on this one", ({ signedIn }) => run(there.app, "logout", {}, signedIn)],
    [
      "ended by an operator",
      ({ auth }) =>
        operator("UPDATE sessions SET ended_at = now() WHERE id = $1", [auth.session.id]),
    ],
  ];
  test.each(ways)("%s", async (_way, end) => {
    const member = await listening();
    const begun = performance.now();
    await end(member);
    expect(await member.ear.closed).toEqual({
      code: 4403,
      reason: "UNAUTHENTICATED: SESSION_ENDED",
    });
    expect(performance.now() - begun).toBeLessThan(1500);
    const last = member.ear.events().at(-1);
    expect(last).toMatchObject({ kind: "SESSION_ENDED", session: { id: member.auth.session.id } });
    expect(member.ear.messages.at(-1)).toEqual({ id: "1", type: "complete" });
  });

  test("and is not told from where", async () => {
    const member = await listening();
    const other = await signInAgain(here.app, member);
    const second = await listenTo(port, other.accessToken);
    await revoke(member.auth.session.id, other.accessToken);
    await member.ear.closed;
    expect(member.ear.events().at(-1).session.endedByIp).toBeNull();
    await until(() => second.events().length === 1);
    expect(second.events()[0].session.endedByIp).toBe("127.0.0.1");
  });

  test("also of what has ended together with it: others hear nothing of each other", async () => {
    const member = await newMember(here.app);
    const others = [];
    for (let i = 0; i < 6; i++) others.push(await signInAgain(here.app, member));
    const ears = await Promise.all(others.map(({ accessToken }) => listenTo(port, accessToken)));
    await run(here.app, "revokeOtherSessions", {}, member.signedIn);
    for (const [i, ear] of ears.entries()) {
      await ear.closed;
      const told = ear.events().map(({ session }) => session);
      expect(told.pop()).toMatchObject({ id: others[i]?.session.id, endedByIp: null });
      expect(told).toEqual(told.map(() => null));
    }
  });

  test("with the whole account: there is no session to be shown", async () => {
    const member = await listening();
    const { password } = member;
    await run(here.app, "deleteAccount", { password }, member.signedIn);
    expect((await member.ear.closed).code).toBe(4403);
    expect(member.ear.events()).toMatchObject([{ kind: "SESSION_ENDED", session: null }]);
  });

  test("also who is connected and has subscribed to nothing", async () => {
    const { connectSocket } = await import("../support/socket.js");
    const member = await newMember(here.app);
    const socket = await connectSocket(port, member.auth.accessToken);
    await run(here.app, "logout", {}, member.signedIn);
    expect((await socket.closed).reason).toBe("UNAUTHENTICATED: SESSION_ENDED");
  });
});

describe("a replica that was deaf", () => {
  const isHearing = async () => (await metric("gatehouse_feed_hearing")) === 1;

  test("sends everybody for a new look, because it may have missed something", async () => {
    const member = await listening();
    await operator(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'gatehouse listener' AND datname = current_database()`,
    );
    expect(await member.ear.closed).toEqual({ code: 1012, reason: "Events may have been missed" });
    expect(member.ear.messages.filter(({ type }) => type === "complete")).toEqual([]);
    await until(isHearing);
    const again = { ear: await listenTo(port, member.auth.accessToken) };
    await run(here.app, "updateProfile", { input: { firstName: "Ada" } }, member.signedIn);
    await events(again, 1);
  });

  test("closes the streams of sessions that have ended meanwhile, and lets none of them in", async () => {
    const member = await listening();
    const other = await signInAgain(here.app, member);
    await events(member, 1);
    toListener.cut();
    await until(async () => !(await isHearing()));
    await revoke(member.auth.session.id, other.accessToken);
    await expect(
      listenTo(port, member.auth.accessToken).then(({ closed }) => closed),
    ).resolves.toMatchObject({ code: 4403 });
    const second = await listenTo(port, other.accessToken);
    toListener.mend();
    expect((await member.ear.closed).reason).toBe("UNAUTHENTICATED: SESSION_ENDED");
    expect(member.ear.events().at(-1)).toMatchObject({
      kind: "SESSION_ENDED",
      session: { id: member.auth.session.id },
    });
    expect((await second.closed).code).toBe(1012);
    await until(isHearing);
  });

  test("notices a silent cut: nothing is told after three seconds", async () => {
    const member = await listening();
    const other = await signInAgain(here.app, member);
    await events(member, 1);
    toListener.freeze();
    await revoke(member.auth.session.id, other.accessToken);
    await until(async () => !(await isHearing()), 3500);
    expect(member.ear.events()).toHaveLength(1);
    toListener.mend();
    expect((await member.ear.closed).reason).toBe("UNAUTHENTICATED: SESSION_ENDED");
    await until(isHearing);
  });
});

test("an access token that expires closes its socket, so that the client comes with the next", async () => {
  const brief = await startReplica({
    url: database.url,
    settings,
    poolSize: 4,
    accessTokenTtlSeconds: 2,
  });
  const { port: briefPort } = await listen(brief.app);
  const member = await newMember(brief.app);
  const begun = performance.now();
  const ear = await listenTo(briefPort, member.auth.accessToken);
  expect(await ear.closed).toEqual({ code: 4403, reason: "UNAUTHENTICATED: EXPIRED" });
  expect(performance.now() - begun).toBeLessThan(3000);
  expect(ear.messages.filter(({ type }) => type === "complete")).toEqual([]);
  const refreshToken = refreshTokenOf(member.auth);
  const { data } = await run(brief.app, "refreshToken", { refreshToken });
  const again = await listenTo(briefPort, data.refreshToken.accessToken);
  expect(again.isOpen()).toBe(true);
  await brief.close();
});

test("what is open, and what was delivered, is counted", async () => {
  await until(async () => (await metric("gatehouse_event_streams")) === 0);
  const before = await metric('gatehouse_session_events_total{kind="PROFILE_CHANGED"}');
  const member = await listening();
  expect(await metric("gatehouse_event_streams")).toBe(1);
  expect(await metric("gatehouse_sockets")).toBe(1);
  await run(here.app, "updateProfile", { input: { firstName: "Ada" } }, member.signedIn);
  await events(member, 1);
  expect(await metric('gatehouse_session_events_total{kind="PROFILE_CHANGED"}')).toBe(before + 1);
  member.ear.send({ id: "1", type: "complete" });
  await until(async () => (await metric("gatehouse_event_streams")) === 0);
  expect(member.ear.isOpen()).toBe(true);
});

/** How often the session of an event was read on the replica where people are connected. */
async function readsDuring(work: () => Promise<void>): Promise<number> {
  const query = jest.spyOn(there.pool, "query");
  await work();
  const names = query.mock.calls.map(([config]) => (config as { name?: string } | null)?.name);
  query.mockRestore();
  return names.filter((name) => name === "read-told-session").length;
}

test("where nobody listens nothing is read for it", async () => {
  const member = await newMember(here.app);
  const reads = await readsDuring(async () => {
    const other = await signInAgain(here.app, member);
    await revoke(other.session.id, member.auth.accessToken);
    await sleep(100);
  });
  expect(reads).toBe(0);
});

test("where somebody listens many times over, what an event is about is read once", async () => {
  const member = await newMember(here.app);
  const ears: TestSocket[] = [];
  for (let i = 0; i < 3; i++) ears.push(await listenTo(port, member.auth.accessToken));
  const query = "subscription { sessionEvents { a: session { id } b: session { device } } }";
  for (const ear of ears) for (const id of ["2", "3", "4", "5"]) ear.subscribe(query, id);
  await until(async () => (await metric("gatehouse_event_streams")) === 15);
  const reads = await readsDuring(async () => {
    await signInAgain(here.app, member);
    await until(() => ears.every((ear) => ear.events().length === 5));
  });
  expect(reads).toBe(1);
});
