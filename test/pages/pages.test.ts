import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { startTestApp, type TestApp } from "../support/app.js";
import { findChromium, launch } from "../support/chromium.js";
import { run } from "../support/client.js";
import { mailTo, type ReceivedMail } from "../support/mail.js";
import { newCredentials, newMember, signInAgain } from "../support/personas.js";
import { anyPort } from "../support/smtp-server.js";

const paths = ["/report-session", "/reset-password", "/code"];

let service: TestApp;
beforeAll(async () => {
  const port = anyPort();
  service = await startTestApp({ PUBLIC_URL: `http://localhost:${port}` });
  await service.app.listen({ host: "127.0.0.1", port });
});
afterAll(() => service.close());

const linkOf = ({ text }: ReceivedMail) => /https?:\/\/\S+#\S+/.exec(text)?.[0] as string;

test.each(paths)("%s loads nothing and runs its own script alone", async (url) => {
  const { statusCode, headers, body } = await service.app.inject({ url });
  expect(statusCode).toBe(200);
  expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(headers["content-security-policy"]).toMatch(
    /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  expect(headers["cache-control"]).toBe("no-store");
  expect(headers["referrer-policy"]).toBe("no-referrer");
  expect(body).not.toMatch(/https?:\/\/|src=/);
});

test("nothing of a request gets into a page", async () => {
  const plain = await service.app.inject({ url: "/code" });
  const tried = await service.app.inject({
    url: "/code?code=<script>alert(1)</script>",
    headers: { "user-agent": "<script>", host: "evil.example" },
  });
  expect(tried.body).toBe(plain.body);
});

const chromium = findChromium();

(chromium === undefined ? describe.skip : describe)("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(chromium as string);
  });
  afterAll(() => browser.close());

  /** A page that remembers what it asked for, and what it complained about. */
  async function open(url: string) {
    const page = await browser.newPage();
    const [requests, complaints] = [[] as string[], [] as string[]];
    page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(url);
    return { page, requests, complaints };
  }

  const status = (page: Page, text: RegExp) =>
    page.getByRole("status").filter({ hasText: text }).waitFor();

  async function reported() {
    const member = await newMember(service.app);
    await signInAgain(service.app, member, {}, { headers: { "user-agent": "curl/8.0" } });
    return { member, link: linkOf(await mailTo(service.app, member.email, /New sign-in/)) };
  }

  const isLocked = async (id: string) => {
    const { rows } = await service.pool.query(
      "SELECT password_reset_required AS locked FROM users WHERE id = $1",
      [id],
    );
    return rows[0].locked;
  };

  test("opening the link of a new-device mail changes nothing; the button does, once", async () => {
    const { member, link } = await reported();
    const { id } = member.auth.user;
    const { page, requests, complaints } = await open(link);
    expect(page.url()).toBe(`${service.config.publicUrl}/report-session`);
    expect(await isLocked(id)).toBe(false);
    await page.getByRole("button", { name: "It was not me" }).click();
    await status(page, /^Done/);
    expect(await isLocked(id)).toBe(true);
    const { publicUrl } = service.config;
    expect(requests).toEqual([`GET ${publicUrl}/report-session`, `POST ${publicUrl}/graphql`]);
    expect(complaints).toEqual([]);
    const again = await open(link);
    await again.page.getByRole("button").click();
    await status(again.page, /used already/);
    await page.close();
    await again.page.close();
  });

  test("the link of a reset sets a new password, and says what is wrong with a weak one", async () => {
    const { email } = await newMember(service.app);
    await run(service.app, "requestPasswordReset", { email });
    const { page, complaints } = await open(
      linkOf(await mailTo(service.app, email, /new password/)),
    );
    expect(await page.getByLabel("Account").inputValue()).toBe(email);
    await page.getByLabel("New password").fill("password123");
    await page.getByRole("button", { name: "Save" }).click();
    await status(page, /./);
    const { password } = newCredentials();
    await page.getByLabel("New password").fill(password);
    await page.getByRole("button", { name: "Save" }).click();
    await status(page, /^Done/);
    await signInAgain(service.app, { email, password });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("the link of a code shows the long code, which works in place of the digits", async () => {
    const { email, signedIn } = await newMember(service.app);
    const link = linkOf(await mailTo(service.app, email, /Your code/));
    const { page, requests, complaints } = await open(link);
    const code = await page.locator("#code").textContent();
    const { data } = await run(service.app, "verifyEmail", { input: { code } }, signedIn);
    expect(data.verifyEmail.user.emailVerified).toBe(true);
    expect(requests).toEqual([`GET ${service.config.publicUrl}/code`]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(paths)("%s without its fragment says so and offers nothing", async (path) => {
    const { page } = await open(`${service.config.publicUrl}${path}`);
    await status(page, /not complete/);
    expect(await page.getByRole("button").count()).toBe(0);
    await page.close();
  });
});
