import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse, validate } from "graphql";
import { exampleOperations } from "../../src/http/sandbox.js";
import { createSchema } from "../../src/schema.js";
import { startTestApp, type TestApp } from "../support/app.js";

let service: TestApp;
let page: { status: number; html: string; policies: Record<string, string[]>[] };

const directives = (policy: string) =>
  Object.fromEntries(
    policy.split(";").map((directive) => {
      const [name = "", ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );

beforeAll(async () => {
  service = await startTestApp();
  const answer = await service.app.inject({
    url: "/graphql",
    headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
  });
  const html = answer.body;
  const meta = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? "";
  const header = String(answer.headers["content-security-policy"]);
  page = { status: answer.statusCode, html, policies: [header, meta].map(directives) };
});
afterAll(() => service.close());

/** Both policies must let a thing through. */
function expectAllowed(directive: string, source: string): void {
  for (const policy of page.policies)
    expect(policy[directive] ?? policy["default-src"] ?? [source]).toContain(source);
}

describe("a browser at GET /graphql in development", () => {
  test("gets Apollo Sandbox, embedded, with cookies, for this address alone", () => {
    expect(page.status).toBe(200);
    expect(page.html).toContain("new window.EmbeddedSandbox(");
    expect(page.html).toContain('"includeCookies":true');
    expect(page.html).toContain('"endpointIsEditable":false');
    expect(page.html).toContain('"runTelemetry":false');
    expect(page.html).toContain("initialEndpoint = window.location.href");
  });

  test("finds operations to begin with, and they are valid", async () => {
    const document = /"document":("(?:[^"\\]|\\.)*")/.exec(page.html)?.[1] ?? '""';
    expect(JSON.parse(document)).toBe(exampleOperations);
    expect(validate(await createSchema(), parse(exampleOperations))).toEqual([]);
  });

  test("may load everything that the page asks for, by both of its policies", () => {
    const scripts = [...page.html.matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, src]) => src);
    expect(scripts).toHaveLength(1);
    for (const src of scripts) expectAllowed("script-src", new URL(src as string).origin);
    const sheets = [...page.html.matchAll(/href="([^"]+)"\s+rel="stylesheet"/g)];
    expect(sheets).toHaveLength(1);
    for (const [, href] of sheets) expectAllowed("style-src", new URL(href as string).origin);
    expectAllowed("frame-src", "https://sandbox.embed.apollographql.com");
    expectAllowed("connect-src", "'self'");
  });

  test("runs the inline scripts of the page, and no others", () => {
    const [header, meta] = page.policies;
    const inline = [...page.html.matchAll(/<script nonce="(\w+)">/g)].map(([, nonce]) => nonce);
    expect(inline).toHaveLength(1);
    expect(header?.["script-src"]).toContain("'unsafe-inline'");
    expect(meta?.["script-src"]).toContain(`'nonce-${inline[0]}'`);
    expect(meta?.["script-src"]).not.toContain("'unsafe-inline'");
    expect(page.html.indexOf("http-equiv")).toBeLessThan(page.html.indexOf("<script"));
  });

  test("loads from Apollo and Google's fonts alone, and nothing may frame it", () => {
    const [header] = page.policies;
    expect(header?.["default-src"]).toEqual(["'none'"]);
    expect(header?.["frame-ancestors"]).toEqual(["'none'"]);
    const hosts = Object.values(header ?? {})
      .flat()
      .filter((source) => !source.startsWith("'"));
    for (const host of hosts)
      expect(host).toMatch(
        /^https:\/\/[\w.-]+\.(?:apollographql\.com|googleapis\.com|gstatic\.com)$/,
      );
  });

  test.each([
    [
      "the same address for other clients",
      { url: "/graphql?query=%7B__typename%7D", headers: { "apollo-require-preflight": "1" } },
    ],
    ["another page", { url: "/nothing", headers: { accept: "text/html" } }],
  ])("has the loose policy there alone: not %s", async (_name, request) => {
    const { headers } = await service.app.inject(request);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; base-uri 'none'/);
  });

  test("does not run a query in passing", async () => {
    const { body } = await service.app.inject({
      url: "/graphql?query=%7B__schema%7Btypes%7Bname%7D%7D%7D",
      headers: { accept: "text/html" },
    });
    expect(body).not.toContain("AuthPayload");
  });
});
