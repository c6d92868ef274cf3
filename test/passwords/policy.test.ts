import { afterAll, describe, expect, test } from "@jest/globals";
import { openPasswords } from "../../src/passwords/index.js";
import { settings, withPasswords } from "./support.js";

const passwords = openPasswords(settings());
afterAll(() => passwords.close());

const personal = ["Anna.Schmidt@example.com", "annie_85", "Anna", "Schmidt-M\u00fcller"];
const codeOf = async (password: string) => (await passwords.check(password, personal))?.code;

describe("length is counted in code points of the normal form", () => {
  test.each([
    ["seven letters", "vXq7#mz", "TOO_SHORT"],
    ["eight letters", "vXq7#mzK", undefined],
    ["nothing", "", "TOO_SHORT"],
    ["four foxes, which are eight UTF-16 units", "\u{1f98a}".repeat(4), "TOO_SHORT"],
    ["seven letters with accents, decomposed to fourteen", "e\u0301".repeat(7), "TOO_SHORT"],
    ["256 foxes", "\u{1f98a}".repeat(256), undefined],
    ["257 letters", "x".repeat(257), "TOO_LONG"],
    ["256 letters with accents, decomposed to 512", "e\u0301".repeat(256), undefined],
    ["256 letters with three marks each", "\u03b1\u0313\u0300\u0345".repeat(256), undefined],
    ["15 ligatures that are 270 letters", "\ufdfa".repeat(15), "TOO_LONG"],
  ])("%s", async (_, password, code) => {
    expect(await codeOf(password)).toBe(code);
  });

  test("the least is a setting, and the message names it", async () => {
    await withPasswords({ passwordMinLength: 15 }, async (strict) => {
      const fault = await strict.check("vXq7#mzK-2w!Lp", []);
      expect(fault).toEqual({ code: "TOO_SHORT", message: "At least 15 characters are needed." });
      expect(await strict.check("vXq7#mzK-2w!Lp?", [])).toBeUndefined();
    });
  });
});

test.each(["\ud83e\udd8aalone \ud83e end", "\udd8a".repeat(8)])(
  "half of a surrogate pair is no text: %j",
  async (password) => {
    expect(await codeOf(password)).toBe("FORMAT_INVALID");
  },
);

describe("a common password is refused, also in disguise", () => {
  test.each([
    "password",
    "password1",
    "Password123!",
    "P@ssw0rd!",
    "P@$$w0rd2024",
    "pa55word",
    "qwertyuiop",
    "qwertzuiop",
    "1q2w3e4r5t",
    "12345678",
    "11111111",
    "aaaaaaaa",
    "abcdefgh",
    "abcabcabc",
    "iloveyou1",
    "letmein123",
    "trustno1!",
    "sunshine!",
    "passwort123",
    "motdepasse",
    "19851231",
    "31.12.1985!",
    "Summer2024!",
    "Winter2025!",
    "Test1234!",
    "drowssap1",
    "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44", // password in full-width letters
    "        ",
    "\u{1f98a}".repeat(12),
  ])("%s", async (password) => {
    expect(await codeOf(password)).toBe("INSECURE");
  });
});

describe("a password made of the person or of the service is refused", () => {
  test.each([
    "anna.schmidt@example.com",
    "ANNA.SCHMIDT@EXAMPLE.COM",
    "anna.schmidt",
    "anna.schmidt1",
    "anna.schmidt2024!",
    "AnnaSchmidt2024",
    "schmidt1985",
    "SchmidtAnna!",
    "M\u00fcllerAnna12",
    "annie_85",
    "annie_85!",
    "gatehouse",
    "Gatehouse1",
    "Gatehouse2024!",
    "acme-login",
    "AcmeLogin2024",
  ])("%s", async (password) => {
    expect(await codeOf(password)).toBe("INSECURE");
  });

  test("also when it is longer than what is judged", async () => {
    const email = `${"long.name.".repeat(6)}x@example.com`;
    expect(await passwords.check(email.toUpperCase(), [email])).toMatchObject({ code: "INSECURE" });
  });
});

describe("an honest password is accepted without rules for its characters", () => {
  test.each([
    "k7#mQz2w",
    "x8Kp!2vQ",
    "wkfjhqpz",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "blaue Katze springt",
    "\u043c\u043e\u0439 \u043f\u0430\u0440\u043e\u043b\u044c \u0438 \u044f",
    "\u7d2b\u306e\u732b\u304c\u6708\u3067\u8e0a\u308b\u591c",
    "tab\tand\0zero bytes",
    "aaaabbbbccccddddeeeeffff-and-a-little-more",
    "a".repeat(64),
    "A1b2C3d4".repeat(12),
  ])("%s", async (password) => {
    expect(await codeOf(password)).toBeUndefined();
  });
});

test("the reason is said in words that hold nothing of the password", async () => {
  const message = async (password: string) => (await passwords.check(password, personal))?.message;
  expect(await message("password1")).toMatch(/commonly used/);
  expect(await message("anna.schmidt1")).toMatch(/close to your name/);
  expect(await message("anna.schmidt@example.com")).toMatch(/your name, your address/);
  expect(await message("qwertzuiop")).toMatch(/rows of keys/);
  expect(await message("Summer2024!")).toMatch(/easy to guess/);
});

test("the worst of passwords is judged in well under a second", async () => {
  await passwords.check("warm up the dictionaries", []);
  const worst = ["4@5$310!|7+", "9f3c0b7a1d4e6f82", "p@ssw0rd1", "01011990"];
  const start = performance.now();
  for (const text of worst) await passwords.check(text.repeat(30).slice(0, 256), personal);
  for (const text of worst) await passwords.check(text.repeat(30).slice(0, 40), personal);
  expect(performance.now() - start).toBeLessThan(4000);
});
