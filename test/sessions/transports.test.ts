import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Answer, bearer, run } from "../support/client.js";
import { newCredentials, newMember, refreshTokenOf } from "../support/personas.js";

const ours = "https://auth.example.com";
const frontend = "https://app.example.com";
const name = "__Host-gatehouse_refresh";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp({ PUBLIC_URL: ours, CORS_ORIGINS: frontend });
});
afterAll(() => service.close());

const cookieOf = (answer: Answer) => answer.cookies.find((cookie) => cookie.name === name);

async function newCookieSession() {
  const answer = await run(service.app, "register", {
    input: { ...newCredentials(), transport: "COOKIE" },
  });
  const token = cookieOf(answer)?.value as string;
  return { auth: answer.data.register.auth, token, cookies: { [name]: token } };
}

const generation = async (id: string) =>
  (await service.pool.query("SELECT generation FROM sessions WHERE id = $1", [id])).rows[0]
    .generation;

describe("a session with transport COOKIE", () => {
  test("gives its refresh token in the cookie alone", async () => {
    const answer = await run(service.app, "register", {
      input: { ...newCredentials(), transport: "COOKIE" },
    });
    const cookie = cookieOf(answer);
    expect(cookie?.value).toMatch(/^gate_/);
    expect(answer.data.register.auth.refreshToken).toBeNull();
    expect(answer.body).not.toContain("gate_");
  });

  test("has a cookie that only this host gets, by https, and no script", async () => {
    const answer = await run(service.app, "register", {
      input: { ...newCredentials(), transport: "COOKIE" },
    });
    const header = String(answer.headers["set-cookie"]);
    expect(header.length).toBeLessThan(4096);
    expect(header).toMatch(
      /; Max-Age=(25920\d\d|25919\d\d); Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(header).not.toMatch(/domain/i);
  });

  test("is refreshed by the cookie, and gets the next one in it", async () => {
    const { token, cookies, auth } = await newCookieSession();
    const answer = await run(service.app, "refreshToken", {}, { cookies });
    expect(answer.data.refreshToken).toMatchObject({ refreshToken: null });
    expect(answer.data.refreshToken.session.id).toBe(auth.session.id);
    expect(cookieOf(answer)?.value).not.toBe(token);
  });

  test("does not take its token from the body or the header", async () => {
    const { token, auth } = await newCookieSession();
    const inBody = await run(service.app, "refreshToken", { refreshToken: token });
    const inHeader = await run(service.app, "refreshToken", {}, bearer(token));
    expect([inBody.code, inHeader.code]).toEqual([
      "INVALID_REFRESH_TOKEN",
      "INVALID_REFRESH_TOKEN",
    ]);
    expect(await generation(auth.session.id)).toBe("0");
  });

  test("keeps the cookie when a refresh is refused: it may belong to a newer sign-in", async () => {
    const { cookies, auth } = await newCookieSession();
    await service.pool.query("UPDATE sessions SET ended_at = now() WHERE id = $1", [
      auth.session.id,
    ]);
    const answer = await run(service.app, "refreshToken", {}, { cookies });
    expect(answer.code).toBe("INVALID_REFRESH_TOKEN");
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("is signed out with its cookie, which is cleared with the attributes it was set with, twice", async () => {
    const { cookies } = await newCookieSession();
    for (let times = 0; times < 2; times++) {
      const answer = await run(service.app, "logout", {}, { cookies });
      expect(answer.data.logout).toBe(true);
      expect(answer.headers["set-cookie"]).toBe(
        `${name}=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict`,
      );
    }
    const { code } = await run(service.app, "refreshToken", {}, { cookies });
    expect(code).toBe("INVALID_REFRESH_TOKEN");
  });
});

describe("a session with transport BODY", () => {
  test("never sets a cookie", async () => {
    const answer = await run(service.app, "register", { input: newCredentials() });
    expect(answer.headers["set-cookie"]).toBeUndefined();
    const token = answer.data.register.auth.refreshToken;
    const refreshed = await run(service.app, "refreshToken", { refreshToken: token });
    expect(refreshed.headers["set-cookie"]).toBeUndefined();
  });

  test("does not take its token from a cookie", async () => {
    const { auth } = await newMember(service.app);
    const { code } = await run(
      service.app,
      "refreshToken",
      {},
      { cookies: { [name]: refreshTokenOf(auth) } },
    );
    expect(code).toBe("INVALID_REFRESH_TOKEN");
    expect(await generation(auth.session.id)).toBe("0");
  });
});

test("cookie and argument of two sessions are refused and neither is consumed; logout ends both", async () => {
  const [cookie, body] = [await newCookieSession(), await newMember(service.app)];
  const both = [{ refreshToken: body.auth.refreshToken }, { cookies: cookie.cookies }] as const;
  const answer = await run(service.app, "refreshToken", ...both);
  expect(answer.code).toBe("BAD_USER_INPUT");
  expect(await generation(cookie.auth.session.id)).toBe("0");
  expect(await generation(body.auth.session.id)).toBe("0");
  await run(service.app, "logout", ...both);
  const { rows } = await service.pool.query("SELECT end_reason FROM sessions WHERE id = ANY($1)", [
    [cookie.auth.session.id, body.auth.session.id],
  ]);
  expect(rows).toEqual([{ end_reason: "SIGNED_OUT" }, { end_reason: "SIGNED_OUT" }]);
});

describe("a request that carries the cookie", () => {
  test.each([
    ["our own page", { origin: ours }],
    ["a page of CORS_ORIGINS", { origin: frontend, "sec-fetch-site": "same-site" }],
    ["our own page without Origin", { "sec-fetch-site": "same-origin" }],
    ["no browser at all", {}],
  ])("is taken from %s", async (_name, headers) => {
    const { cookies } = await newCookieSession();
    const { data } = await run(service.app, "refreshToken", {}, { cookies, headers });
    expect(data.refreshToken.session.rotations).toBe(1);
  });

  test.each([
    ["a foreign page", { origin: "https://evil.example" }],
    ["a page that says it is ours by a prefix", { origin: `${ours}.evil.example` }],
    ["another port of ours", { origin: `${ours}:8443` }],
    ["our name by http", { origin: "http://auth.example.com" }],
    ["a sandboxed frame", { origin: "null" }],
    ["a foreign page without Origin", { "sec-fetch-site": "cross-site" }],
    ["a sister host without Origin", { "sec-fetch-site": "same-site" }],
    [
      "a foreign page that lies by half",
      { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
    ],
  ])("is refused from %s, and nothing happens", async (_name, headers) => {
    const { cookies, auth } = await newCookieSession();
    for (const operation of ["refreshToken", "logout"] as const) {
      const answer = await run(service.app, operation, {}, { cookies, headers });
      expect(answer).toMatchObject({ status: 403, code: "FORBIDDEN", data: undefined });
    }
    expect(await generation(auth.session.id)).toBe("0");
  });

  test("or would set it: a foreign page opens no session with transport COOKIE", async () => {
    const credentials = newCredentials();
    const headers = { origin: "https://evil.example" };
    const input = { ...credentials, transport: "COOKIE" };
    const registered = await run(service.app, "register", { input }, { headers });
    expect(registered.code).toBe("FORBIDDEN");
    expect(registered.headers["set-cookie"]).toBeUndefined();
    const { rows } = await service.pool.query("SELECT FROM users WHERE email = $1", [
      credentials.email,
    ]);
    expect(rows).toHaveLength(0);
    await newMember(service.app, credentials);
    const signedIn = await run(service.app, "login", { input }, { headers });
    expect(signedIn.code).toBe("FORBIDDEN");
  });
});

test("over plain http on localhost the cookie has no Secure and another name", async () => {
  const local = await startTestApp({ PUBLIC_URL: "http://localhost:4000" });
  const input = { ...newCredentials(), transport: "COOKIE" };
  const answer = await run(local.app, "register", { input });
  const header = String(answer.headers["set-cookie"]);
  await local.close();
  expect(header).toMatch(/^gatehouse_refresh=gate_/);
  expect(header).toContain("HttpOnly; SameSite=Strict");
  expect(header).not.toContain("Secure");
});
