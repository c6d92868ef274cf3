import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { keyRing } from "../../src/secrets.js";
import {
  createRefreshTokens,
  looksLikeRefreshToken,
  type RefreshToken,
  refreshTokenPrefix,
} from "../../src/sessions/refresh-token.js";

const [secret, olderSecret, foreignSecret] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const ringOf = (...secrets: Buffer[]) => keyRing(secrets, "refreshTokenMac");
const tokens = createRefreshTokens(ringOf(secret));

const anyToken: fc.Arbitrary<RefreshToken> = fc.record({
  sessionId: fc.uuid(),
  generation: fc.oneof(fc.maxSafeNat(), fc.nat({ max: 100 })),
});

const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
const bytesOf = (text: string) => Buffer.from(text.slice(refreshTokenPrefix.length), "base64url");

/** `text` with the character at `at` replaced. */
const withCharacter = (text: string, at: number, character: string) =>
  text.slice(0, at) + character + text.slice(at + 1);

function expectRefused(text: string): void {
  expect(tokens.open(text)).toBeUndefined();
}

describe("a refresh token", () => {
  test("says which session and generation it was issued for", () => {
    fc.assert(
      fc.property(anyToken, (token) => {
        expect(tokens.open(tokens.issue(token))).toEqual(token);
      }),
    );
  });

  test("is always the same for the same session and generation, so that a replay needs no store", () => {
    fc.assert(
      fc.property(anyToken, (token) => {
        expect(tokens.issue(token)).toBe(tokens.issue(token));
      }),
    );
  });

  test("begins with a prefix that scanners find, and fits a header, a cookie and a URL-safe alphabet", () => {
    fc.assert(
      fc.property(anyToken, (token) => {
        const text = tokens.issue(token);
        expect(text).toMatch(/^gate_[A-Za-z0-9_-]{82}$/);
        expect(looksLikeRefreshToken(text)).toBe(true);
      }),
    );
  });

  test("looks like no access token and no other text", () => {
    for (const text of ["", "gate", "GATE_AAAA", " gate_AAAA", "eyJhbGciOiJFUzI1NiJ9.e30.AA"])
      expect(looksLikeRefreshToken(text)).toBe(false);
  });
});

describe("is not opened", () => {
  const text = tokens.issue({ sessionId: "018f4e3a-52f1-7c3d-9b60-1f2e3d4c5b6a", generation: 41 });
  const places = Array.from(text, (_, at) => at);

  test("with any one character changed to any other", () => {
    for (const at of places)
      for (const character of alphabet)
        if (character !== text[at]) expectRefused(withCharacter(text, at, character));
  });

  test("with one character of any kind instead of its own", () => {
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.string({ unit: "binary" }), (at, other) => {
        fc.pre(other !== text[at]);
        expectRefused(withCharacter(text, at, other));
      }),
      { numRuns: 1000 },
    );
  });

  test("with the case of any letter flipped, or of all", () => {
    for (const at of places) {
      const letter = text[at] ?? "";
      const flipped = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
      if (flipped !== letter) expectRefused(withCharacter(text, at, flipped));
    }
    expectRefused(text.toLowerCase());
    expectRefused(text.toUpperCase());
  });

  test("cut short at either end, or with a character missing inside", () => {
    for (const at of places) {
      expectRefused(text.slice(0, at));
      expectRefused(text.slice(at + 1));
      expectRefused(withCharacter(text, at, ""));
    }
  });

  test("with anything before, after or inside it", () => {
    const inserted = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom(" ", "\n", "=", "\0"));
    fc.assert(
      fc.property(fc.nat({ max: text.length }), inserted, (at, more) => {
        expectRefused(text.slice(0, at) + more + text.slice(at));
      }),
      { numRuns: 1000 },
    );
  });

  test("with two neighbours swapped", () => {
    for (const at of places.slice(1))
      if (text[at] !== text[at - 1])
        expectRefused(`${text.slice(0, at - 1)}${text[at]}${text[at - 1]}${text.slice(at + 1)}`);
  });

  test("with any one bit of its bytes flipped", () => {
    const bytes = bytesOf(text);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expectRefused(refreshTokenPrefix + flipped.toString("base64url"));
    }
  });

  test("in another spelling of the same bytes", () => {
    const bytes = bytesOf(text);
    const last = text.length - 1;
    const spellings = alphabet
      .map((character) => withCharacter(text, last, character))
      .filter((spelling) => bytesOf(spelling).equals(bytes));
    expect(spellings.length).toBeGreaterThan(1);
    expect(spellings.filter((spelling) => tokens.open(spelling))).toEqual([text]);
    expectRefused(`${text}==`);
    expectRefused(refreshTokenPrefix + bytes.toString("base64"));
    expectRefused(refreshTokenPrefix + bytes.toString("hex"));
  });

  test("with another or no prefix", () => {
    for (const prefix of ["", "gate", "gate-", "Gate_", "gate__", "gale_", "ghp_x"])
      expectRefused(prefix + text.slice(refreshTokenPrefix.length));
  });

  test("whatever text it is", () => {
    const body = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 82, maxLength: 82 });
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), expectRefused));
    fc.assert(
      fc.property(
        body.map((letters) => refreshTokenPrefix + letters),
        expectRefused,
      ),
    );
  });
});

describe("keys", () => {
  const token = { sessionId: "018f4e3a-52f1-7c3d-9b60-1f2e3d4c5b6a", generation: 7 };

  test("a foreign key's token is not opened", () => {
    expectRefused(createRefreshTokens(ringOf(foreignSecret)).issue(token));
  });

  test("a foreign MAC under our key's id is not opened", () => {
    const bytes = bytesOf(tokens.issue(token));
    const claimed = bytes.subarray(0, bytes.length - 32);
    const mac = createHmac("sha256", foreignSecret).update(claimed).digest();
    expectRefused(refreshTokenPrefix + Buffer.concat([claimed, mac]).toString("base64url"));
  });

  test("a MAC by a key of the same secret for another purpose is not opened", () => {
    const otherPurpose = keyRing([secret], "signingKeyEncryption");
    expectRefused(createRefreshTokens(otherPurpose).issue(token));
  });

  test("rotate by id, whatever their order: every listed one opens, the first one issues", () => {
    const before = createRefreshTokens(ringOf(olderSecret)).issue(token);
    const added = createRefreshTokens(ringOf(olderSecret, secret));
    const movedFirst = createRefreshTokens(ringOf(secret, olderSecret));
    for (const ring of [added, movedFirst]) {
      expect(ring.open(before)).toEqual(token);
      expect(ring.open(tokens.issue(token))).toEqual(token);
    }
    expect(added.issue(token)).toBe(before);
    expect(movedFirst.issue(token)).toBe(tokens.issue(token));
  });

  test("that left the list open nothing more", () => {
    expectRefused(createRefreshTokens(ringOf(olderSecret)).issue(token));
  });
});
