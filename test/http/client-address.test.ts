import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { clientAddress } from "../../src/http/client-address.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { run } from "../support/client.js";
import { newCredentials } from "../support/personas.js";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["0:0:0:0:0:FFFF:C000:0201", "192.0.2.1"],
  ["192.0.2.1:4711", "192.0.2.1"],
  ["2001:DB8::1", "2001:db8::1"],
  ["2001:0db8:0:0::0001", "2001:db8::1"],
  ["[2001:db8::1]:4711", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["fe80::1%eth0", "fe80::1"],
  ["[::ffff:192.0.2.1]:80", "192.0.2.1"],
  ["unknown", null],
  ["_hidden", null],
  ["192.0.2.256", null],
  ["1.2.3.4\u0000", null],
  ["<script>", null],
  ["", null],
  [undefined, null],
])("%j is written as %j", (ip, written) => {
  expect(clientAddress(ip)).toBe(written);
});

test("whatever it is given, an address is an address, or null", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
      expect(clientAddress(text) ?? "::").toMatch(/^[0-9a-f.:]{2,45}$/);
    }),
  );
});

const proxy = "10.0.0.7";
const stranger = "203.0.113.9";

let trusting: TestApp;
let alone: TestApp;
beforeAll(async () => {
  trusting = await startTestApp({ TRUST_PROXY: "10.0.0.0/8,127.0.0.1,2001:db8:ffff::/48" });
  alone = await startTestApp();
});
afterAll(() => Promise.all([trusting.close(), alone.close()]));

async function addressSeen(
  { app }: TestApp,
  remoteAddress: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await run(
    app,
    "register",
    { input: newCredentials() },
    { remoteAddress, headers },
  );
  return answer.data.register.auth.session.createdByIp;
}

describe("without TRUST_PROXY the peer is the client, whatever it says:", () => {
  test.each([
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-client-ip",
  ])("%s", async (name) => {
    const value = name === "forwarded" ? `for=${stranger}` : stranger;
    expect(await addressSeen(alone, "127.0.0.1", { [name]: value })).toBe("127.0.0.1");
  });
});

describe("with TRUST_PROXY", () => {
  test.each<[peer: string, forwarded: string | undefined, seen: string]>([
    [proxy, stranger, stranger],
    [`::ffff:${proxy}`, stranger, stranger],
    ["2001:db8:ffff::1", stranger, stranger],
    [proxy, "2001:db8::5", "2001:db8::5"],
    [proxy, `::ffff:${stranger}`, stranger],
    [proxy, undefined, proxy],
    // What the client wrote stands on the left of what the proxy saw.
    [proxy, `198.51.100.1, ${stranger}`, stranger],
    [proxy, `127.0.0.1, ${stranger}`, stranger],
    [proxy, `${proxy}, ${stranger}`, stranger],
    [proxy, `198.51.100.1, ${stranger}, 10.1.2.3`, stranger],
    [proxy, `garbage, ${stranger}`, stranger],
    [proxy, `${stranger}:4711`, stranger],
    [stranger, "198.51.100.1", stranger],
    [stranger, "127.0.0.1", stranger],
    ["11.0.0.7", "198.51.100.1", "11.0.0.7"],
    ["2001:db8:fffe::1", "198.51.100.1", "2001:db8:fffe::1"],
    ["::ffff:11.0.0.7", "198.51.100.1", "11.0.0.7"],
  ])("from %s, forwarded for %j, the client is %s", async (peer, forwarded, seen) => {
    const headers: Record<string, string> =
      forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    expect(await addressSeen(trusting, peer, headers)).toBe(seen);
  });

  test("what a proxy hands on that is no address is stored as none", async () => {
    expect(await addressSeen(trusting, proxy, { "x-forwarded-for": "unknown" })).toBeNull();
  });

  test("the peers that a proxy names as host and scheme change nothing that is answered", async () => {
    const headers = {
      "x-forwarded-for": stranger,
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
    };
    const input = { ...newCredentials(), transport: "COOKIE" };
    const answer = await run(
      trusting.app,
      "register",
      { input },
      { remoteAddress: proxy, headers },
    );
    expect(answer.body + JSON.stringify(answer.headers)).not.toContain("evil.example");
    expect(String(answer.headers["set-cookie"])).toMatch(/^gatehouse_refresh=/);
  });

  test.each(["a[b", "%", "a b", ", ,"])("a host of %j is refused, not thrown at", async (host) => {
    const headers = { "x-forwarded-host": host, "x-forwarded-proto": "https" };
    const answer = await run(trusting.app, "me", {}, { remoteAddress: proxy, headers });
    expect([200, 400]).toContain(answer.status);
    expect(answer.code ?? "BAD_REQUEST").toBe("BAD_REQUEST");
  });
});

const warnings = ({ logLines }: TestApp) =>
  logLines.filter(({ event }) => event === "forwarded_header_ignored");

test("a proxy that TRUST_PROXY forgot is told of in one line, once", async () => {
  const forgetful = await startTestApp({ TRUST_PROXY: "127.0.0.2" });
  const ask = (remoteAddress: string, headers: Record<string, string>) =>
    run(forgetful.app, "me", {}, { remoteAddress, headers });
  await ask(proxy, {});
  await ask("127.0.0.2", { "x-forwarded-for": stranger });
  expect(warnings(forgetful)).toHaveLength(0);
  for (let i = 0; i < 3; i++) await ask(proxy, { "x-forwarded-for": stranger });
  await forgetful.close();
  expect(warnings(forgetful)).toEqual([
    expect.objectContaining({
      level: 40,
      peer: proxy,
      msg: expect.stringContaining("TRUST_PROXY"),
    }),
  ]);
});

test("and where no proxy is named, likewise", () => {
  expect(warnings(alone)).toHaveLength(1);
  expect(warnings(trusting)).toHaveLength(1);
});
