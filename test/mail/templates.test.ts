import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { renderLetter } from "../../src/mail/render.js";
import { type MailContent, templates } from "../../src/mail/templates/index.js";

const frame = { publicUrl: "https://id.example.com", service: "id.example.com" };

/** Every value that any template needs. */
const values = {
  device: "Firefox on Linux",
  ip: "203.0.113.7",
  at: "2026-01-02T03:04:05.678Z",
  digits: "012345",
  link: "abc-DEF_123",
  email: "ada@example.com",
  newEmail: "new@example.com",
  ttlSeconds: 600,
};

const names = Object.keys(templates) as MailContent["template"][];

const render = (name: MailContent["template"], more: object = {}) =>
  renderLetter(
    (templates[name] as (values: object, f: typeof frame) => never)({ ...values, ...more }, frame),
  );

describe.each(names)("the mail %s", (name) => {
  test("says the same in text and HTML, and links to PUBLIC_URL alone", () => {
    const { subject, text, html, code } = render(name);
    expect(subject.length).toBeLessThan(70);
    expect(subject).not.toContain(values.digits);
    expect(text).toContain("Firefox on Linux");
    expect(text).toContain("2026-01-02 03:04 UTC");
    for (const [url] of [...text.matchAll(/https?:[^\s]+/g), ...html.matchAll(/https?:[^\s"<]+/g)])
      expect(url.startsWith(frame.publicUrl)).toBe(true);
    if (code !== null) {
      expect(code).toBe(values.digits);
      expect(text).toContain("10 minutes");
    }
    expect(html).not.toMatch(/<(?:script|img|link|style)\b/);
  });

  test("escapes and cuts whatever somebody else has typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (device) => {
        const { text, html } = render(name, { device: `<img src=x>//evil.example ${device}` });
        expect(html).not.toContain("<img");
        expect(text + html).not.toContain("evil.example");
        expect(html.length).toBeLessThan(6000);
      }),
      { numRuns: 30 },
    );
  });
});

test("a link carries its code in the fragment, where no server sees it", () => {
  const { text } = render("resetPassword");
  const [url = ""] = /https:\S+/.exec(text) ?? [];
  expect(new URL(url).pathname).toBe("/reset-password");
  expect(new URL(url).search).toBe("");
  expect(Object.fromEntries(new URLSearchParams(new URL(url).hash.slice(1)))).toEqual({
    email: "ada@example.com",
    code: "abc-DEF_123",
  });
});
