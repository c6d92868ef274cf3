import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { createTestDatabase } from "../support/database.js";
import { linkValue } from "../support/mail.js";
import { newCredentials, newMember } from "../support/personas.js";
import {
  anyPort,
  startMailServer,
  type Temper,
  type TestMailServer,
} from "../support/smtp-server.js";

const from = "Example Häuser <no-reply@example.com>";

let service: TestApp;
let mail: TestMailServer;
beforeAll(async () => {
  mail = await startMailServer();
  service = await startTestApp({ SMTP_URL: mail.url, MAIL_FROM: from });
});
afterEach(() => {
  mail.received.length = 0;
  for (const key of Object.keys(mail.temper)) delete mail.temper[key as keyof typeof mail.temper];
});
afterAll(async () => {
  await service.close();
  await mail.stop();
});

const digitsOf = (text: string | undefined) => /^ {4}(\d{6})$/m.exec(text ?? "")?.[1] as string;

const waiting = async ({ pool }: Pick<TestApp, "pool">) =>
  (await pool.query("SELECT FROM mails")).rowCount ?? 0;

async function emptyOutbox(app: Pick<TestApp, "pool">): Promise<void> {
  for (const until = Date.now() + 10_000; (await waiting(app)) > 0; await sleep(20))
    if (Date.now() > until) throw new Error("the outbox does not empty");
}

/** Replicas share their secrets. */
const ownSecrets = () => ({
  AUTH_SECRET: randomBytes(32).toString("hex"),
  PASSWORD_PEPPER: randomBytes(32).toString("hex"),
});

const ask = (email: string, app = service.app) => run(app, "requestPasswordReset", { email });

/** Somebody with an account, who has asked for a new password. */
async function somebodyAsks({ app, pool }: TestApp): Promise<string> {
  const { email } = newCredentials();
  await pool.query("INSERT INTO users (email, password_hash) VALUES ($1, 'none')", [email]);
  await ask(email, app);
  return email;
}

test("a code travels by SMTP, in text and HTML, and works", async () => {
  const { email, signedIn } = await newMember(service.app);
  const [letter] = await mail.waitFor(1);
  expect(letter).toMatchObject({
    from: { address: "no-reply@example.com", name: "Example Häuser" },
    to: [{ address: email }],
    subject: "Your code for localhost",
  });
  const headers = new Map(letter?.headers.map(({ key, value }) => [key, value]));
  expect(headers.get("auto-submitted")).toBe("auto-generated");
  expect(letter?.messageId).toMatch(/^<[0-9a-f-]{36}@localhost>$/);
  const code = digitsOf(letter?.text);
  expect(letter?.html).toContain(code);
  expect(letter?.html).toContain(linkValue({ text: letter?.text ?? "" }, "code"));
  const { data } = await run(service.app, "verifyEmail", { input: { code } }, signedIn);
  expect(data.verifyEmail.user.emailVerified).toBe(true);
  await emptyOutbox(service);
});

test("a forgotten password comes back by SMTP", async () => {
  const { email } = await newMember(service.app);
  await ask(email);
  const letter = (await mail.waitFor(2)).find(({ subject }) => /new password/.test(subject ?? ""));
  const input = {
    email,
    code: linkValue({ text: letter?.text ?? "" }, "code"),
    newPassword: newCredentials().password,
  };
  expect((await run(service.app, "resetPassword", { input })).data.resetPassword).toBe(true);
  expect((await mail.waitFor(3))[2]?.subject).toMatch(/was reset/);
});

test("the mailbox of development is not there where mail really leaves", async () => {
  expect((await service.app.inject({ url: "/dev/mailbox.json" })).statusCode).toBe(404);
});

describe("answers do not wait for the mail server", () => {
  test.each<[string, Temper | undefined]>([
    ["down", undefined],
    ["slow", { slow: 700 }],
    ["refusing", { refuseRecipient: 550 }],
    ["hanging up", { hangUp: true }],
  ])("that is %s, and the mail comes once it is well again, once", async (_name, temper) => {
    const { email } = await newMember(service.app);
    await mail.waitFor(1);
    await emptyOutbox(service);
    const port = Number(new URL(mail.url).port);
    if (temper === undefined) await mail.stop();
    else Object.assign(mail.temper, temper);
    const [known, unknown] = [await ask(email), await ask(newCredentials().email)];
    expect(known.body).toBe(unknown.body);
    expect(known.errors).toEqual([]);
    if (temper?.slow === undefined) await sleep(300);
    if (temper === undefined) mail = await startMailServer(port);
    else if (!temper.slow) for (const key of Object.keys(temper)) delete mail.temper[key as "slow"];
    const mails = await mail.waitFor(temper === undefined ? 1 : 2);
    await emptyOutbox(service);
    expect(mails.filter(({ subject }) => /new password/.test(subject ?? ""))).toHaveLength(1);
  });
});

test("a code whose content the server took without an answer is not sent twice", async () => {
  const { email, signedIn, password } = await newMember(service.app);
  await mail.waitFor(1);
  mail.temper.dropAfterContent = true;
  await ask(email);
  await emptyOutbox(service);
  expect(mail.received.filter(({ subject }) => /new password/.test(subject ?? ""))).toHaveLength(1);
  // A notice is rather sent twice than never.
  const input = { currentPassword: password, newPassword: newCredentials().password };
  await run(service.app, "changePassword", { input }, signedIn);
  await mail.waitFor(3);
  mail.temper.dropAfterContent = false;
  await mail.waitFor(4);
  await emptyOutbox(service);
  const notices = mail.received.filter(({ subject }) => /was changed/.test(subject ?? ""));
  expect(new Set(notices.map(({ messageId }) => messageId)).size).toBe(1);
});

test("a code that the server refused after its content is sent again", async () => {
  const { email } = await newMember(service.app);
  await mail.waitFor(1);
  mail.temper.refuseContent = 451;
  await ask(email);
  await sleep(150);
  delete mail.temper.refuseContent;
  await mail.waitFor(2);
  await emptyOutbox(service);
  expect(mail.received).toHaveLength(2);
});

describe("an outbox that other replicas share", () => {
  test("outlives a restart: what waited arrives once, what is too late never", async () => {
    const database = await createTestDatabase();
    const port = anyPort();
    const settings = { SMTP_URL: `smtp://127.0.0.1:${port}`, ...ownSecrets() };
    const before = await startTestApp(settings, database);
    const tooLate = await somebodyAsks(before);
    const waits = await somebodyAsks(before);
    await before.pool.query(
      `UPDATE mails SET expires_at = clock_timestamp()
       WHERE user_id = (SELECT id FROM users WHERE email = $1)`,
      [tooLate],
    );
    await before.close();
    const late = await startMailServer(port);
    const next = await startTestApp(settings, database);
    await late.waitFor(1);
    await emptyOutbox(next);
    expect(late.received.map(({ to }) => to?.[0]?.address)).toEqual([waits]);
    await next.close();
    await late.stop();
    await database.close();
  });

  test("is emptied by two at once, each mail by one of them", async () => {
    const database = await createTestDatabase();
    const settings = { SMTP_URL: mail.url, ...ownSecrets() };
    const replicas = [
      await startTestApp(settings, database),
      await startTestApp(settings, database),
    ];
    mail.temper.slow = 30;
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => somebodyAsks(replicas[n % 2] as TestApp)),
    );
    await mail.waitFor(12);
    await emptyOutbox(replicas[0] as TestApp);
    expect(new Set(mail.received.map(({ to }) => to?.[0]?.address)).size).toBe(12);
    expect(mail.received).toHaveLength(12);
    for (const replica of replicas) await replica.close();
    await database.close();
  });
});

test("closing waits for no mail server", async () => {
  const silent = await startMailServer(undefined, { onConnect: () => undefined });
  const app = await startTestApp({ SMTP_URL: silent.url });
  await somebodyAsks(app);
  while (silent.connections === 0 && (await waiting(app)) === 0) await sleep(10);
  await sleep(100);
  const began = Date.now();
  await app.close();
  expect(Date.now() - began).toBeLessThan(5000);
  await silent.stop();
});

test("user and password of SMTP_URL sign in", async () => {
  const seen: unknown[] = [];
  const server = await startMailServer(undefined, {
    disabledCommands: ["STARTTLS"],
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      seen.push([username, password]);
      done(null, { user: username });
    },
  });
  const url = new URL(server.url);
  Object.assign(url, { username: "mailer", password: encodeURIComponent("p@ss/word") });
  const app = await startTestApp({ SMTP_URL: url.href });
  await somebodyAsks(app);
  await server.waitFor(1);
  expect(seen).toEqual([["mailer", "p@ss/word"]]);
  await app.close();
  await server.stop();
});

test("neither the outbox nor the log shows a code, an address or a link", async () => {
  mail.temper.hangUp = true;
  const { auth, email } = await newMember(service.app);
  const { rows } = await service.pool.query("SELECT sealed FROM mails WHERE user_id = $1", [
    auth.user.id,
  ]);
  const sealed: Buffer = rows[0].sealed;
  Object.assign(mail.temper, { hangUp: false, refuseRecipient: 550 });
  while (!JSON.stringify(service.logLines).includes("RCPT TO")) await sleep(20);
  delete mail.temper.refuseRecipient;
  const [letter] = await mail.waitFor(1);
  const code = digitsOf(letter?.text);
  const log = JSON.stringify(service.logLines);
  for (const secret of [email, code, linkValue({ text: letter?.text ?? "" }, "code")]) {
    expect(sealed.includes(secret)).toBe(false);
    expect(log.includes(secret)).toBe(false);
  }
  const me = await run(service.app, "me", {}, bearer(auth.accessToken));
  expect(me.data.me.email).toBe(email);
});
