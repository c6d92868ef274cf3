import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DeliveryError } from "../../src/mail/delivery.js";
import { createSmtpDelivery } from "../../src/mail/smtp.js";
import { localhostCertificate } from "../support/localhost-certificate.js";
import { startMailServer, type TestMailServer } from "../support/smtp-server.js";

const mail = {
  id: "6f2d1c9e-7c43-4a52-8d7f-0a3e5a2b9c11",
  to: "grace@example.com",
  subject: "Hello",
  text: "Hello",
  html: "<p>Hello</p>",
  code: null,
};
const config = { mailFrom: "no-reply@example.com", publicUrl: "https://auth.example.com" };
const trusted = `tls.ca=${encodeURIComponent(localhostCertificate.cert)}`;

const send = (smtpUrl: string) =>
  createSmtpDelivery({ ...config, smtpUrl }).send(mail, async () => undefined);

/** The address under the name that the certificate has. */
const named = (server: TestMailServer, scheme: string, query = "") =>
  `${scheme}://localhost:${new URL(server.url).port}?${query}`;

let plain: TestMailServer;
let starttls: TestMailServer;
let smtps: TestMailServer;
const wasEncrypted: boolean[] = [];

const options = {
  ...localhostCertificate,
  disabledCommands: ["AUTH"],
  onMailFrom(_address: unknown, { secure }: { secure: boolean }, done: () => void) {
    wasEncrypted.push(secure);
    done();
  },
};

beforeAll(async () => {
  plain = await startMailServer();
  starttls = await startMailServer(undefined, options);
  smtps = await startMailServer(undefined, { ...options, secure: true });
});
afterAll(() => Promise.all([plain, starttls, smtps].map((server) => server.stop())));

describe("mail leaves encrypted", () => {
  test.each([
    ["smtps://", () => named(smtps, "smtps", trusted)],
    ["STARTTLS, wherever the server offers it", () => named(starttls, "smtp", trusted)],
    ["STARTTLS, asked for", () => named(starttls, "smtp", `requireTLS=true&${trusted}`)],
  ])("by %s", async (_, url) => {
    wasEncrypted.length = 0;
    await send(url());
    expect(wasEncrypted).toEqual([true]);
  });
});

describe("no mail leaves", () => {
  test.each([
    ["a certificate that nobody vouches for, by smtps://", () => named(smtps, "smtps")],
    ["a certificate that nobody vouches for, by STARTTLS", () => named(starttls, "smtp")],
    [
      "a server without the STARTTLS that is asked for",
      () => named(plain, "smtp", "requireTLS=true"),
    ],
    ["a server that speaks no TLS, by smtps://", () => named(plain, "smtps", trusted)],
  ])("for %s", async (_, url) => {
    const before = [plain, starttls, smtps].map(({ received }) => received.length);
    await expect(send(url())).rejects.toBeInstanceOf(DeliveryError);
    expect([plain, starttls, smtps].map(({ received }) => received.length)).toEqual(before);
  });
});
