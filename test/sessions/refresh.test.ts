import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { type AuthView, bearer, run } from "../support/client.js";
import { newMember, newRetryKey, refreshTokenOf } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const refresh = (refreshToken: string | null, keys: object = {}) =>
  run(service.app, "refreshToken", { refreshToken, ...keys });

async function rotated(token: string, keys: object = {}): Promise<AuthView> {
  const { data, body } = await refresh(token, keys);
  if (!data?.refreshToken) throw new Error(`refresh failed: ${body}`);
  return data.refreshToken;
}

const nextToken = async (token: string, keys: object = {}) =>
  refreshTokenOf(await rotated(token, keys));

/** As if the rotations of a session had happened that much earlier. */
const ageRotations = (sessionId: string, seconds: number) =>
  service.pool.query(
    `UPDATE sessions SET rotated_at =
       ARRAY(SELECT t - $2 * interval '1 second' FROM unnest(rotated_at) WITH ORDINALITY AS r(t, i) ORDER BY i)
     WHERE id = $1`,
    [sessionId, seconds],
  );

const row = async (sessionId: string) => {
  const { rows } = await service.pool.query("SELECT * FROM sessions WHERE id = $1", [sessionId]);
  return rows[0];
};

async function newSession() {
  const { auth } = await newMember(service.app);
  return { id: auth.session.id, token: refreshTokenOf(auth), auth };
}

describe("a refresh", () => {
  test("gives a new refresh token, a new access token and the session with its count", async () => {
    const { token, auth } = await newSession();
    const next = await rotated(token);
    expect(next.refreshToken).not.toBe(token);
    expect(next.accessToken).not.toBe(auth.accessToken);
    expect(next).toMatchObject({
      tokenType: "Bearer",
      expiresIn: 900,
      refreshExpiresIn: 2_592_000,
    });
    expect(next.session).toMatchObject({ id: auth.session.id, current: true, rotations: 1 });
    expect(next.user).toEqual(auth.user);
    const me = await run(service.app, "me", {}, bearer(next.accessToken));
    expect(me.data.me.id).toBe(auth.user.id);
  });

  test("moves the idle expiry forward, but never past the absolute one", async () => {
    const { id, token } = await newSession();
    await service.pool.query(
      "UPDATE sessions SET absolute_expires_at = clock_timestamp() + interval '60 seconds' WHERE id = $1",
      [id],
    );
    const next = await rotated(token);
    expect(next.session.expiresAt).toBe(next.session.absoluteExpiresAt);
    expect(next.refreshExpiresIn).toBeLessThanOrEqual(60);
  });

  test("re-reads the user: a changed role is in the next access token", async () => {
    const { token, auth } = await newSession();
    await service.pool.query("UPDATE users SET role = 'ADMIN' WHERE id = $1", [auth.user.id]);
    const next = await rotated(token);
    expect(next.user.role).toBe("ADMIN");
  });

  test("takes the token from the Authorization header as well", async () => {
    const { token } = await newSession();
    const { data } = await run(service.app, "refreshToken", {}, bearer(token));
    expect(data.refreshToken.session.rotations).toBe(1);
  });

  test("does not mind an access token, good or bad, in the Authorization header", async () => {
    const { token, auth } = await newSession();
    const good = await run(
      service.app,
      "refreshToken",
      { refreshToken: token },
      bearer(auth.accessToken),
    );
    const next = good.data.refreshToken.refreshToken;
    const bad = await run(service.app, "refreshToken", { refreshToken: next }, bearer("nonsense"));
    expect(bad.data.refreshToken.session.rotations).toBe(2);
  });
});

describe("a lost answer", () => {
  test("is given again to the same retry key, however late", async () => {
    const { id, token } = await newSession();
    const retryKey = newRetryKey();
    const first = await rotated(token, { retryKey });
    await ageRotations(id, 86_400 * 3);
    const again = await rotated(token, { retryKey });
    expect(again.refreshToken).toBe(first.refreshToken);
    expect((await row(id)).generation).toBe("1");
  });

  test("is given again to the key of the last finished rotation, sent as previousRetryKey", async () => {
    const { token } = await newSession();
    const retryKey = newRetryKey();
    const first = await rotated(token, { retryKey });
    const setBack = await rotated(token, { retryKey: newRetryKey(), previousRetryKey: retryKey });
    expect(setBack.refreshToken).toBe(first.refreshToken);
  });

  test("without a retry key is given again within the tab window alone", async () => {
    const { id, token } = await newSession();
    const first = await rotated(token);
    expect((await rotated(token)).refreshToken).toBe(first.refreshToken);
    await ageRotations(id, 11);
    expect((await refresh(token)).code).toBe("OVERLOADED");
    expect((await row(id)).ended_at).toBeNull();
  });

  test("of a rotation with a key is not given to a stranger within the tab window", async () => {
    const { token } = await newSession();
    await rotated(token, { retryKey: newRetryKey() });
    const { code, errors } = await refresh(token);
    expect(code).toBe("OVERLOADED");
    expect(errors[0]?.extensions.retryAfter).toBeGreaterThan(0);
  });

  test("is not given again once the successor has been rotated", async () => {
    const { id, token } = await newSession();
    const retryKey = newRetryKey();
    const second = await nextToken(token, { retryKey });
    await rotated(second, { retryKey: newRetryKey() });
    expect((await refresh(token, { retryKey })).code).toBe("OVERLOADED");
    await ageRotations(id, 61);
    expect((await refresh(token, { retryKey })).code).toBe("INVALID_REFRESH_TOKEN");
  });

  test("is not given again past the session's expiry", async () => {
    const { id, token } = await newSession();
    const retryKey = newRetryKey();
    await rotated(token, { retryKey });
    await service.pool.query("UPDATE sessions SET expires_at = clock_timestamp() WHERE id = $1", [
      id,
    ]);
    expect((await refresh(token, { retryKey })).code).toBe("INVALID_REFRESH_TOKEN");
  });
});

describe("a used token that comes back", () => {
  test("after the late window ends its session, and that stays so", async () => {
    const { id, token } = await newSession();
    const current = await nextToken(token);
    await ageRotations(id, 61);
    expect((await refresh(token)).code).toBe("INVALID_REFRESH_TOKEN");
    expect(await row(id)).toMatchObject({ end_reason: "REUSE_DETECTED" });
    expect((await refresh(current)).code).toBe("INVALID_REFRESH_TOKEN");
  });

  test("ends the access tokens of its session at once", async () => {
    const { id, token, auth } = await newSession();
    await rotated(token);
    await ageRotations(id, 61);
    await refresh(token);
    const me = await run(service.app, "me", {}, bearer(auth.accessToken));
    expect(me.errors[0]?.extensions).toMatchObject({
      code: "UNAUTHENTICATED",
      reason: "SESSION_ENDED",
    });
  });

  test("four generations back is reuse, and no other session of the person ends", async () => {
    const member = await newMember(service.app);
    const other = await run(service.app, "login", {
      input: { email: member.email, password: member.password },
    });
    const first = refreshTokenOf(member.auth);
    let token = first;
    for (let i = 0; i < 4; i++) token = await nextToken(token);
    await ageRotations(member.auth.session.id, 61);
    expect((await refresh(first)).code).toBe("INVALID_REFRESH_TOKEN");
    expect((await refresh(token)).code).toBe("INVALID_REFRESH_TOKEN");
    expect((await refresh(other.data.login.refreshToken)).data.refreshToken).toBeTruthy();
  });

  test("with a constant retry key is found: a key equal to the stored one counts as none", async () => {
    const { id, token } = await newSession();
    const retryKey = newRetryKey();
    const second = await nextToken(token, { retryKey });
    await rotated(second, { retryKey });
    expect((await row(id)).retry_key_hash).toBeNull();
    await ageRotations(id, 61);
    expect((await refresh(second, { retryKey })).code).toBe("INVALID_REFRESH_TOKEN");
  });
});

describe("a database that lost its last writes", () => {
  test("goes on from the token that the client holds", async () => {
    const { id, token } = await newSession();
    const second = await nextToken(token, { retryKey: newRetryKey() });
    const third = await nextToken(second, { retryKey: newRetryKey() });
    await service.pool.query(
      "UPDATE sessions SET generation = 0, rotated_at = '{}', retry_key_hash = NULL WHERE id = $1",
      [id],
    );
    const jumped = await rotated(third);
    expect(jumped.session.rotations).toBe(3);
    expect((await row(id)).rotated_at).toHaveLength(3);
    expect((await refresh(second)).code).toBe("OVERLOADED");
    expect((await refresh(refreshTokenOf(jumped))).data.refreshToken.session.rotations).toBe(4);
  });
});

describe("at once", () => {
  test("100 refreshes of one token leave one living branch", async () => {
    const { id, token } = await newSession();
    const answers = await Promise.all(Array.from({ length: 100 }, () => refresh(token)));
    const given = new Set(answers.map(({ data }) => data?.refreshToken?.refreshToken));
    expect([...given].filter(Boolean)).toHaveLength(1);
    for (const { status, code } of answers) {
      expect(status).toBe(200);
      expect([undefined, "OVERLOADED"]).toContain(code);
    }
    expect((await row(id)).generation).toBe("1");
  });

  test("100 refreshes with different retry keys leave one living branch", async () => {
    const { id, token } = await newSession();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => refresh(token, { retryKey: newRetryKey() })),
    );
    const winners = answers.filter(({ data }) => data?.refreshToken);
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "OVERLOADED")).toHaveLength(99);
    const token2 = winners[0]?.data.refreshToken.refreshToken;
    expect((await refresh(token2)).data.refreshToken.session.rotations).toBe(2);
    expect((await row(id)).ended_at).toBeNull();
  });

  test("an end that races with refreshes leaves nothing alive", async () => {
    for (let round = 0; round < 10; round++) {
      const { id, token, auth } = await newSession();
      const [revoked, ...answers] = await Promise.all([
        run(service.app, "revokeSession", { id }, bearer(auth.accessToken)),
        ...Array.from({ length: 5 }, () => refresh(token)),
      ]);
      expect(revoked?.data.revokeSession.endReason).toBe("REVOKED");
      for (const { data } of answers) {
        if (!data?.refreshToken) continue;
        const { refreshToken, accessToken } = data.refreshToken;
        expect((await refresh(refreshToken)).code).toBe("INVALID_REFRESH_TOKEN");
        expect((await run(service.app, "me", {}, bearer(accessToken))).code).toBe(
          "UNAUTHENTICATED",
        );
      }
    }
  });
});

describe("refused with one face", () => {
  test.each([
    ["none", null],
    ["an empty one", ""],
    ["nonsense", "nonsense"],
    ["our prefix alone", "gate_"],
    ["one of 100 kB", `gate_${"A".repeat(90_000)}`],
    ["another alphabet", "gate_ÄÖÜ"],
    ["a NUL", "gate_\u0000"],
  ])("%s", async (_name, token) => {
    const { code, errors } = await refresh(token);
    expect(code).toBe("INVALID_REFRESH_TOKEN");
    expect(errors[0]?.message).toBe("The session is over. Sign in again.");
  });

  test("a forged token ends nothing", async () => {
    const { token, id } = await newSession();
    const forged = `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`;
    expect((await refresh(forged)).code).toBe("INVALID_REFRESH_TOKEN");
    expect((await row(id)).ended_at).toBeNull();
    expect((await refresh(token)).data.refreshToken).toBeTruthy();
  });

  test("an access token", async () => {
    const { auth } = await newSession();
    expect((await refresh(auth.accessToken)).code).toBe("INVALID_REFRESH_TOKEN");
  });

  test.each(["expires_at", "absolute_expires_at"])("one whose %s has passed", async (column) => {
    const { id, token } = await newSession();
    await service.pool.query(
      `UPDATE sessions SET ${column} = clock_timestamp() - interval '1 second' WHERE id = $1`,
      [id],
    );
    expect((await refresh(token)).code).toBe("INVALID_REFRESH_TOKEN");
  });

  test("one of an account that is gone", async () => {
    const { token, auth } = await newSession();
    await service.pool.query("DELETE FROM users WHERE id = $1", [auth.user.id]);
    expect((await refresh(token)).code).toBe("INVALID_REFRESH_TOKEN");
  });
});

describe("a retry key", () => {
  test.each([
    ["retryKey", "x".repeat(15), "TOO_SHORT"],
    ["retryKey", "x".repeat(129), "TOO_LONG"],
    ["previousRetryKey", "", "TOO_SHORT"],
  ])("%s of a wrong length is refused, and nothing is consumed", async (name, key, code) => {
    const { token } = await newSession();
    const { errors } = await refresh(token, { [name]: key });
    expect(errors[0]?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      fields: [{ field: name, code }],
    });
    expect((await refresh(token)).data.refreshToken.session.rotations).toBe(1);
  });
});

test("two different refresh tokens in one request are refused and neither is consumed", async () => {
  const [mine, other] = [await newSession(), await newSession()];
  const answer = await run(
    service.app,
    "refreshToken",
    { refreshToken: mine.token },
    bearer(other.token),
  );
  expect(answer.errors[0]?.extensions).toMatchObject({
    code: "BAD_USER_INPUT",
    fields: [{ field: "refreshToken", code: "CONFLICTING" }],
  });
  expect((await row(mine.id)).generation).toBe("0");
  expect((await row(other.id)).generation).toBe("0");
});

test("a locked row is waited for 2 s at most, and other sessions do not notice", async () => {
  const [locked, free] = [await newSession(), await newSession()];
  const client = await service.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT FROM sessions WHERE id = $1 FOR UPDATE", [locked.id]);
    const started = performance.now();
    const waiting = refresh(locked.token);
    expect((await refresh(free.token)).data.refreshToken).toBeTruthy();
    expect((await waiting).code).toBe("OVERLOADED");
    expect(performance.now() - started).toBeLessThan(3000);
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
  expect((await refresh(locked.token)).data.refreshToken).toBeTruthy();
});
