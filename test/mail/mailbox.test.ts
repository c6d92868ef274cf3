import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { codeFor, mailbox, mailTo } from "../support/mail.js";
import { newMember } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const get = (url: string, extras = {}) => service.app.inject({ url, ...extras });

describe("the mailbox of development", () => {
  test("shows all mail as JSON, newest first, with the code", async () => {
    const { email } = await newMember(service.app);
    await mailTo(service.app, email);
    const { email: second } = await newMember(service.app);
    const { code } = await mailTo(service.app, second);
    const [newest, older] = await mailbox(service.app);
    expect(Object.keys(newest ?? {}).sort()).toEqual(
      ["at", "code", "html", "id", "subject", "text", "to"].sort(),
    );
    expect([newest?.to, older?.to]).toEqual([second, email]);
    expect(newest?.text).toContain(code);
  });

  test("shows it as a page that runs no script and loads nothing", async () => {
    const { email } = await newMember(service.app);
    const code = await codeFor(service.app, email);
    const { body, headers } = await get("/dev/mailbox");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src/);
    expect(body).toContain(`<p class="code">${code}</p>`);
    const { id } = await mailTo(service.app, email);
    const single = await get(`/dev/mailbox/${id}`);
    expect(single.body).toContain(code);
    expect((await get("/dev/mailbox/nonsense")).statusCode).toBe(404);
  });

  test.each([
    ["another machine", { remoteAddress: "192.0.2.1" }],
    [
      "another machine that says it is near",
      {
        remoteAddress: "192.0.2.1",
        headers: { "x-forwarded-for": "127.0.0.1" },
      },
    ],
    ["a page whose name was bent to this machine", { headers: { host: "evil.example" } }],
  ])("is not there for %s", async (_name, extras) => {
    for (const url of ["/dev/mailbox", "/dev/mailbox.json"])
      expect((await get(url, extras)).statusCode).toBe(404);
  });
});
