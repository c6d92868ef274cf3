import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadConfig } from "../../src/config.js";
import { createLogger } from "../../src/log.js";
import { startTestApp, type TestApp, testSettings } from "../support/app.js";
import { type Answer, bearer, run, send } from "../support/client.js";
import { operations } from "../support/operations.js";
import {
  type MemberPersona,
  newCredentials,
  newMember,
  newRetryKey,
  refreshTokenOf,
  signInAgain,
} from "../support/personas.js";

const frontend = "https://app.example.com";
const visitor = "203.0.113.9";
const from = { remoteAddress: visitor };

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp({
    LOG_LEVEL: "trace",
    PUBLIC_URL: "https://auth.example.com",
    CORS_ORIGINS: frontend,
    REFRESH_TAB_WINDOW: "0s",
  });
});
afterAll(() => service.close());

const age = (sessionId: string, seconds: number) =>
  service.pool.query(
    `UPDATE sessions SET rotated_at = ARRAY(SELECT at - $2 * interval '1 second'
       FROM unnest(rotated_at) WITH ORDINALITY t (at, n) ORDER BY n) WHERE id = $1`,
    [sessionId, seconds],
  );

type Line = Record<string, unknown>;

/** The lines of one request, beside the one that says there was one. */
async function linesOf(request: Promise<Answer>): Promise<Line[]> {
  const { headers } = await request;
  return service.logLines.filter(
    ({ reqId, event }) => reqId === headers["x-request-id"] && event !== "request",
  );
}

const refreshWith = (refreshToken: string, retryKey?: string) =>
  run(service.app, "refreshToken", { refreshToken, retryKey }, from);

async function rotated(member: MemberPersona, retryKey?: string) {
  const old = refreshTokenOf(member.auth);
  await refreshWith(old, retryKey);
  return old;
}

const info = 30;
const warn = 40;

interface Story {
  event: string;
  level: number;
  /** What the line says of who and what, beside the address. */
  says: string[];
  act(member: MemberPersona): Promise<Answer> | Promise<Promise<Answer>>;
}

/** Every event of a session's life, good and bad (OWASP ASVS 16.3.1, Logging Vocabulary). */
const stories: Record<string, Story> = {
  "a registration": {
    event: "registered",
    level: info,
    says: ["userId", "sessionId"],
    act: () => run(service.app, "register", { input: newCredentials() }, from),
  },
  "a registration of a taken address": {
    event: "registration_refused",
    level: info,
    says: ["reason"],
    act: ({ email }) =>
      run(service.app, "register", { input: { ...newCredentials(), email } }, from),
  },
  "a sign-in": {
    event: "signed_in",
    level: info,
    says: ["userId", "sessionId"],
    act: ({ email, password }) => run(service.app, "login", { input: { email, password } }, from),
  },
  "a wrong password": {
    event: "sign_in_failed",
    level: info,
    says: ["userId"],
    act: ({ email }) => run(service.app, "login", { input: { ...newCredentials(), email } }, from),
  },
  "an unknown address": {
    event: "sign_in_failed",
    level: info,
    says: [],
    act: () => run(service.app, "login", { input: newCredentials() }, from),
  },
  "a refresh": {
    event: "refreshed",
    level: 20,
    says: ["userId", "sessionId"],
    act: ({ auth }) => refreshWith(refreshTokenOf(auth)),
  },
  "a refresh that is answered again": {
    event: "refresh_replayed",
    level: info,
    says: ["sessionId", "by"],
    act: async (member) => {
      const retryKey = newRetryKey();
      return refreshWith(await rotated(member, retryKey), retryKey);
    },
  },
  "a refresh that comes late": {
    event: "refresh_late",
    level: info,
    says: ["sessionId"],
    act: async (member) => refreshWith(await rotated(member)),
  },
  "a refresh token that was used before": {
    event: "refresh_token_reused",
    level: warn,
    says: ["sessionId"],
    act: async (member) => {
      const old = await rotated(member);
      await age(member.auth.session.id, 3600);
      return refreshWith(old);
    },
  },
  "a refresh token of nobody": {
    event: "refresh_refused",
    level: info,
    says: ["reason"],
    act: () => refreshWith(`gate_${"A".repeat(82)}`),
  },
  "a refresh token of an ended session": {
    event: "refresh_refused",
    level: info,
    says: ["reason", "sessionId"],
    act: async ({ auth }) => {
      await run(service.app, "logout", { refreshToken: auth.refreshToken });
      return refreshWith(refreshTokenOf(auth));
    },
  },
  "a sign-out": {
    event: "signed_out",
    level: info,
    says: ["sessionIds"],
    act: ({ auth }) => run(service.app, "logout", { refreshToken: auth.refreshToken }, from),
  },
  "a revocation": {
    event: "sessions_revoked",
    level: info,
    says: ["userId", "sessionIds"],
    act: async (member) => {
      const { session } = await signInAgain(service.app, member);
      const signedIn = { ...member.signedIn, ...from };
      return run(service.app, "revokeSession", { id: session.id }, signedIn);
    },
  },
  "a code that was never sent": {
    event: "code_refused",
    level: info,
    says: ["operation"],
    act: () => run(service.app, "reportSession", { token: "A".repeat(43) }, from),
  },
  "an access token that is not ours": {
    event: "access_token_refused",
    level: info,
    says: ["operation"],
    act: () => run(service.app, "mySessions", {}, { ...bearer("a.b.c"), ...from }),
  },
  "the cookie wanted by a foreign page": {
    event: "forbidden",
    level: info,
    says: ["operation"],
    act: ({ email, password }) =>
      run(
        service.app,
        "login",
        { input: { email, password, transport: "COOKIE" } },
        { ...from, headers: { origin: "https://evil.example" } },
      ),
  },
  "the cookie brought by a foreign page": {
    event: "forbidden",
    level: info,
    says: [],
    act: () =>
      run(
        service.app,
        "refreshToken",
        {},
        {
          ...from,
          headers: {
            origin: "https://evil.example",
            cookie: "__Host-gatehouse_refresh=gate_nonsense",
          },
        },
      ),
  },
  "a revocation of all others": {
    event: "sessions_revoked",
    level: info,
    says: ["userId", "sessionIds"],
    act: async (member) => {
      await signInAgain(service.app, member);
      return run(service.app, "revokeOtherSessions", {}, { ...member.signedIn, ...from });
    },
  },
};

test.each(Object.entries(stories))(
  "%s is logged in one line: who, what, where, when",
  async (_name, { event, level, says, act }) => {
    const member = await newMember(service.app);
    const lines = await linesOf(Promise.resolve(act(member)));
    expect(lines.map((line) => line.event)).toEqual([event]);
    const [line] = lines as [Line];
    expect(line).toMatchObject({ level, ip: visitor, reqId: expect.any(String) });
    for (const key of says) expect(line[key]).toBeTruthy();
    const { time } = line;
    expect(new Date(time as string).toISOString()).toBe(time);
    expect(Math.abs(Date.parse(time as string) - Date.now())).toBeLessThan(5000);
  },
);

describe("over a whole story at level trace", () => {
  const secrets: string[] = [];
  let lines: string[];

  /** What an answer gave out, and what was typed. */
  function remember(answer: Answer): void {
    for (const [, token] of answer.body.matchAll(
      /"(?:access|refresh|verification)Token":"([^"]+)"/g,
    ))
      secrets.push(token as string);
    for (const { value } of answer.cookies) if (value) secrets.push(value);
  }

  beforeAll(async () => {
    const { app } = service;
    const tell = async (request: Promise<Answer>) => {
      const answer = await request;
      remember(answer);
      return answer;
    };
    for (const transport of ["BODY", "COOKIE"]) {
      const credentials = newCredentials();
      const username = `name${Math.random().toString(36).slice(2, 10)}`;
      const profile = { username, firstName: "Adaline", lastName: "Byronova" };
      secrets.push(credentials.email, credentials.password, username, "Adaline", "Byronova");
      const input = { ...credentials, ...profile, deviceName: "my-secret-device", transport };
      const registered = await tell(run(app, "register", { input }));
      await tell(run(app, "register", { input }));
      const { auth } = registered.data.register;
      const cookies = Object.fromEntries(
        registered.cookies.map(({ name, value }) => [name, value]),
      );
      const signedIn = {
        ...bearer(auth.accessToken),
        cookies,
        headers: { ...bearer(auth.accessToken).headers, origin: frontend },
      };
      const wrong = newCredentials().password;
      secrets.push(wrong);
      const { email, password } = credentials;
      await tell(run(app, "login", { input: { email, password: wrong } }));
      await tell(run(app, "login", { input: { username, password, transport } }));
      await tell(run(app, "login", { input: { email: password, password: email } }));
      const key = newRetryKey();
      secrets.push(key);
      const variables = { refreshToken: auth.refreshToken, retryKey: key };
      for (let i = 0; i < 2; i++) await tell(run(app, "refreshToken", variables, { cookies }));
      await tell(run(app, "me", {}, signedIn));
      await tell(run(app, "mySessions", { includeEnded: true }, signedIn));
      await tell(run(app, "revokeOtherSessions", {}, signedIn));
      const inline = `mutation { login(input: { email: "${email}", password: "${password}" }) { accessToken } }`;
      await tell(send(app, { query: inline }));
      await tell(send(app, { query: inline.replace('" })', "})") }));
      await tell(
        send(app, {
          query: operations.login,
          variables: { input: { email, password: [password] } },
        }),
      );
      await app.inject({
        url: `/graphql?query=${encodeURIComponent(inline)}&token=${auth.accessToken}`,
      });
      await app.inject({
        url: `/${auth.accessToken}`,
        headers: { referer: `https://x/?t=${auth.accessToken}` },
      });
      await app.inject({
        method: "POST",
        url: "/graphql",
        payload: `{"password":"${password}`,
        headers: { "content-type": "application/json" },
      });
      await tell(
        run(app, "logout", { refreshToken: auth.refreshToken, everywhere: true }, signedIn),
      );
      await tell(run(app, "me", {}, signedIn));
    }
    lines = service.logLines.map((line) => JSON.stringify(line));
  });

  test("no line holds a token, a password, a key, a cookie, a name or an address of a person", () => {
    expect(new Set(secrets).size).toBeGreaterThan(25);
    expect(lines.length).toBeGreaterThan(60);
    const spellings = [...new Set(secrets)].flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
    ]);
    const leaks = spellings.filter((secret) => lines.some((line) => line.includes(secret)));
    expect(leaks).toEqual([]);
    expect(
      lines.filter((line) => /password_hash|\$2[aby]\$|cookie|Bearer|gate_/.test(line)),
    ).toEqual([]);
  });

  test("every line is an event, with its time in UTC", () => {
    for (const { time, level, msg } of service.logLines) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect([typeof level, typeof msg]).toEqual(["number", "string"]);
    }
    const nameless = service.logLines.filter(({ event }) => event === undefined);
    expect(nameless.map(({ msg }) => msg)).toEqual([]);
  });

  test("every request has its line, with route, status and duration, and not what was asked", () => {
    const requests = service.logLines.filter(({ event }) => event === "request");
    expect(requests.length).toBeGreaterThan(40);
    for (const line of requests)
      expect(Object.keys(line).sort()).toEqual([
        "event",
        "hostname",
        "level",
        "method",
        "milliseconds",
        "msg",
        "pid",
        "reqId",
        "route",
        "status",
        "time",
      ]);
    expect(new Set(requests.map(({ route }) => route))).toEqual(new Set(["/graphql", "unknown"]));
  });
});

describe("a line", () => {
  function write(log: (logger: ReturnType<typeof createLogger>) => void): string {
    let text = "";
    const destination = new Writable({
      write(chunk, _encoding, done) {
        text += chunk;
        done();
      },
    });
    log(createLogger(loadConfig(testSettings({ LOG_LEVEL: "trace" })), destination));
    return text;
  }

  test("is one line whatever a client wrote into it", () => {
    const text = write((logger) =>
      logger.info({ name: 'a\n{"level":60}\r\n\u2028', event: "x" }, "b\nc"),
    );
    expect(text.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(text).name).toContain('\n{"level":60}');
  });

  test("would not hold a token even if somebody handed one over", async () => {
    const { auth } = await newMember(service.app);
    const text = write((logger) =>
      logger.error(
        { err: new Error(`no ${auth.accessToken}`), token: auth.refreshToken },
        auth.accessToken,
      ),
    );
    expect(text).not.toContain(refreshTokenOf(auth));
    expect(text).not.toContain(auth.accessToken.split(".")[2]);
    expect(JSON.parse(text)).toMatchObject({ token: "[token]", msg: "[token]" });
  });
});
