import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, test } from "@jest/globals";
import bcrypt from "bcryptjs";
import fc from "fast-check";
import { openPasswords } from "../../src/passwords/index.js";
import { settings, withPasswords } from "./support.js";

const pepper = randomBytes(32);
const passwords = openPasswords(settings({ passwordPeppers: [pepper] }));
afterAll(() => passwords.close());

const right = { matches: true, outdated: false };
const upgrade = { matches: true, outdated: true };
const wrong = { matches: false, outdated: false };

describe("a hash", () => {
  test("is matched by its own password and by no other", async () => {
    const password = fc.string({ unit: "binary", minLength: 1, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(password, password, async (chosen, typed) => {
        const stored = await passwords.hash(chosen);
        const same = chosen.normalize("NFKC") === typed.normalize("NFKC");
        expect(await passwords.verify(chosen, stored)).toEqual(right);
        expect((await passwords.verify(typed, stored)).matches).toBe(same);
      }),
      { numRuns: 50 },
    );
  });

  test("is never the same twice, and is bcrypt of the configured cost", async () => {
    const [a, b] = await Promise.all([passwords.hash("same words"), passwords.hash("same words")]);
    expect(a.hash).not.toBe(b.hash);
    expect(a.hash).toMatch(/^\$2b\$04\$/);
  });

  test.each([
    [
      "composed and decomposed letters",
      "contrase\u00f1a ma\u00f1ana",
      "contrasen\u0303a man\u0303ana",
    ],
    ["full-width and plain letters", "\uff41\uff42\uff43 secret", "abc secret"],
    ["a ligature and its letters", "\ufb01ne weather", "fine weather"],
  ])("is matched by the same characters in another spelling: %s", async (_, chosen, typed) => {
    expect(await passwords.verify(typed, await passwords.hash(chosen))).toEqual(right);
  });

  test.each([
    ["past bcrypt's 72 bytes", "a".repeat(72), "!"],
    ["at the end of the longest password", "\u{1f98a}".repeat(255), "x"],
    ["behind a zero byte", "before\0", "after"],
  ])("minds every character %s", async (_, head, tail) => {
    const stored = await passwords.hash(head + tail);
    expect(await passwords.verify(head + tail, stored)).toEqual(right);
    expect(await passwords.verify(head, stored)).toEqual(wrong);
    expect(await passwords.verify(`${head}?`, stored)).toEqual(wrong);
  });

  test("minds case and white space at both ends", async () => {
    const stored = await passwords.hash(" Two Words ");
    for (const typed of ["Two Words", " Two Words", "two words", " two words "])
      expect(await passwords.verify(typed, stored)).toEqual(wrong);
  });

  test("is not plain bcrypt of the password: without the pepper nothing can be guessed", async () => {
    const { hash } = await passwords.hash("guess me if you can");
    expect(bcrypt.compareSync("guess me if you can", hash)).toBe(false);
  });
});

describe("a password that is too long", () => {
  const long = "x".repeat(257);

  test("is never hashed", async () => {
    await expect(passwords.hash(long)).rejects.toThrow(TypeError);
  });

  test("matches nothing, also where bcrypt would have cut it to a match", async () => {
    const plain = { hash: bcrypt.hashSync(long, 4), pepperId: null };
    expect(await passwords.verify(long, plain)).toEqual(wrong);
  });

  test("costs no time to put in normal form", async () => {
    // 4 s of the event loop where the length is not looked at first.
    const marks = "a\u0315\u0300\u05b0\u0591".repeat(12_000);
    const start = performance.now();
    expect(await passwords.verify(marks, undefined)).toEqual(wrong);
    expect(await passwords.check(marks, [])).toMatchObject({ code: "TOO_LONG" });
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("a pepper", () => {
  test("that is no longer the first still verifies, and its hash is outdated", async () => {
    const stored = await passwords.hash("kept from the past");
    const next = randomBytes(32);
    await withPasswords({ passwordPeppers: [next, pepper] }, async (rotated) => {
      expect(await rotated.verify("kept from the past", stored)).toEqual(upgrade);
      expect(await rotated.verify("kept from the best", stored)).toEqual(wrong);
      const upgraded = await rotated.hash("kept from the past");
      expect(await rotated.verify("kept from the past", upgraded)).toEqual(right);
      expect(upgraded.pepperId).not.toBe(stored.pepperId);
    });
  });

  test("keeps its id wherever it stands in the list", async () => {
    const stored = await passwords.hash("some words");
    await withPasswords({ passwordPeppers: [pepper, randomBytes(32)] }, async (longer) => {
      expect((await longer.hash("some words")).pepperId).toBe(stored.pepperId);
      expect(await longer.verify("some words", stored)).toEqual(right);
    });
  });

  test("that is missing lets nobody in", async () => {
    const stored = await passwords.hash("some words");
    await withPasswords({}, async (others) => {
      expect(await others.verify("some words", stored)).toEqual(wrong);
    });
  });

  test("cannot be talked away: its hash does not verify as plain bcrypt", async () => {
    const { hash } = await passwords.hash("some words");
    expect(await passwords.verify("some words", { hash, pepperId: null })).toEqual(wrong);
  });
});

describe("a plain bcrypt hash from elsewhere", () => {
  test.each(["$2a$", "$2b$", "$2y$"])("verifies as typed and is outdated: %s", async (kind) => {
    const hash = bcrypt.hashSync("brought along \u00e9", 4).replace("$2b$", kind);
    const stored = { hash, pepperId: null };
    expect(await passwords.verify("brought along \u00e9", stored)).toEqual(upgrade);
    expect(await passwords.verify("brought along e", stored)).toEqual(wrong);
  });
});

test("a hash of a lower cost is outdated, one of a higher cost is not", async () => {
  const cheap = await passwords.hash("some words");
  await withPasswords({ passwordPeppers: [pepper], bcryptCost: 5 }, async (dearer) => {
    expect(await dearer.verify("some words", cheap)).toEqual(upgrade);
    const dear = await dearer.hash("some words");
    expect(await passwords.verify("some words", dear)).toEqual(right);
  });
});

describe("a damaged hash", () => {
  const whole = bcrypt.hashSync("some words", 4);
  test.each([
    ["empty", ""],
    ["cut off", whole.slice(0, -1)],
    ["too long", `${whole}x`],
    ["of a kind unknown", whole.replace("$2b$", "$2x$")],
    ["of no kind", "argon2id$v=19$whatever"],
    ["of cost 0", whole.replace("$04$", "$00$")],
    ["of a cost that would take for ever", whole.replace("$04$", "$31$")],
    ["with a letter that bcrypt does not have", `${whole.slice(0, -1)}!`],
  ])("matches nothing and throws nothing: %s", async (_, hash) => {
    expect(await passwords.verify("some words", { hash, pepperId: null })).toEqual(wrong);
  });
});

test("an unknown user matches nothing", async () => {
  for (const typed of ["some words", "", "nobody's", "\ud800"])
    expect(await passwords.verify(typed, undefined)).toEqual(wrong);
});
