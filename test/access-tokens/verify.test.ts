import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  verify as verifySignature,
} from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { claimsOf } from "../../src/access-tokens/claims.js";
import { type KeySet, managedKeySet, sharedSecretKeySet } from "../../src/access-tokens/key-set.js";
import { signToken } from "../../src/access-tokens/sign.js";
import { clockSkewSeconds, createVerifier } from "../../src/access-tokens/verify.js";
import { movableClock } from "../support/clock.js";
import {
  config,
  es256,
  type Fields,
  forge,
  genuineClaims,
  hs256,
  makeManagedKey,
  newSecret,
  subject,
} from "./support.js";

const invalid = { ok: false, reason: "INVALID" };
const expired = { ok: false, reason: "EXPIRED" };

const managed = makeManagedKey();
const secret = newSecret();

interface Mode {
  keys: KeySet;
  header: Fields;
  sign: (input: string) => string;
}

const modes: Record<"ES256" | "HS256", Mode> = {
  ES256: {
    keys: managedKeySet([managed]),
    header: { alg: "ES256", typ: "at+jwt", kid: managed.kid },
    sign: es256(managed.privateKey),
  },
  HS256: {
    keys: sharedSecretKeySet(secret),
    header: { alg: "HS256", typ: "at+jwt" },
    sign: hs256(secret),
  },
};

function verifierOf({ keys }: Mode) {
  const clock = movableClock();
  return { clock, verify: createVerifier({ keys: () => keys, clock, config }) };
}

/** As the service signs. */
function genuine({ keys }: Mode): string {
  return signToken(claimsOf(subject(), config), keys.signerAt(new Date()));
}

describe.each(Object.entries(modes))("%s", (_, mode) => {
  const { verify } = verifierOf(mode);
  const forged = ({ claims }: { claims: unknown }) => forge(mode.header, claims, mode.sign);

  test("a genuine token is accepted, again and again, with all it says", () => {
    const claims = genuineClaims();
    const token = forged({ claims });
    for (let times = 0; times < 3; times++) expect(verify(token)).toEqual({ ok: true, claims });
    expect(verify(genuine(mode))).toMatchObject({ ok: true });
  });

  test("any change of a single character breaks a token", () => {
    const token = genuine(mode);
    verify(token);
    const characters = Array.from({ length: 95 }, (_, code) => String.fromCharCode(32 + code));
    fc.assert(
      fc.property(
        fc.nat(token.length - 1),
        fc.constantFrom(...characters, "\0", "\u00e9", "\ud800"),
        fc.constantFrom("replace", "insert", "remove"),
        (at, character, how) => {
          const head = token.slice(0, at);
          const tail = token.slice(how === "insert" ? at : at + 1);
          const changed = head + (how === "remove" ? "" : character) + tail;
          fc.pre(changed !== token);
          expect(verify(changed)).toEqual(invalid);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("each other way to write the last character of a signature breaks it", () => {
    const token = genuine(mode);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=";
    const others = [...alphabet].filter((letter) => letter !== token.at(-1));
    for (const letter of others) expect(verify(token.slice(0, -1) + letter)).toEqual(invalid);
  });

  test("segments of two genuine tokens do not mix", () => {
    const [a, b] = [genuine(mode).split("."), genuine(mode).split(".")];
    expect(verify([a[0], b[1], a[2]].join("."))).toEqual(invalid);
    expect(verify([a[0], a[1], b[2]].join("."))).toEqual(invalid);
  });

  test("whatever is no token is refused and nothing is thrown", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(fc.base64String(), { maxLength: 6 }).map((parts) => parts.join(".")),
          fc.json().map((json) => forge(mode.header, JSON.parse(json), () => "")),
        ),
        (text) => {
          expect(verify(text)).toEqual(invalid);
        },
      ),
    );
  });

  test.each([
    ["nothing", ""],
    ["dots", ".."],
    ["many dots", ".".repeat(4096)],
    ["spaces around", ` ${genuine(mode)} `],
    ["a prefix", `Bearer ${genuine(mode)}`],
    ["a refresh token", `gate_${Buffer.alloc(70, 7).toString("base64url")}`],
    ["one that is longer than any of ours", `${genuine(mode)}${"A".repeat(4096)}`],
    [
      "a genuine one that is over-long",
      forged({ claims: { ...genuineClaims(), x: "x".repeat(4000) } }),
    ],
    ["five segments, as an encrypted one has", `${genuine(mode)}.AAAA.AAAA`],
    ["a payload that is no object", forged({ claims: "words" })],
    ["a payload that is a list", forged({ claims: [genuineClaims()] })],
    ["a payload that is null", forged({ claims: null })],
  ])("is refused: %s", (_, text) => {
    expect(verify(text)).toEqual(invalid);
  });

  describe("a header other than ours is refused, however well signed", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = publicKey.export({ format: "jwk" });
    const attackers = es256(privateKey);
    test.each<[string, Fields, ((input: string) => string)?]>([
      ["no algorithm", { ...mode.header, alg: "none" }, () => ""],
      ["no algorithm in capitals", { ...mode.header, alg: "NONE" }, () => ""],
      ["no algorithm, but signed", { ...mode.header, alg: "none" }],
      ["another algorithm of the same kind", { ...mode.header, alg: "HS512" }],
      ["the other mode", modes[mode.header.alg === "ES256" ? "HS256" : "ES256"].header],
      ["a key of its own", { ...mode.header, jwk }, attackers],
      ["the address of a key", { ...mode.header, jku: "https://evil.example/jwks" }, attackers],
      ["a certificate", { ...mode.header, x5c: ["MIIB"] }, attackers],
      ["the address of a certificate", { ...mode.header, x5u: "https://evil.example" }, attackers],
      ["something critical", { ...mode.header, crit: ["b64"], b64: false }],
      ["any member more", { ...mode.header, note: "hello" }],
      ["no type", { alg: mode.header.alg, kid: mode.header.kid }],
      ["the type of other tokens", { ...mode.header, typ: "JWT" }],
      ["the type of an identity token", { ...mode.header, typ: "id+jwt" }],
      ["a key id that is a path", { ...mode.header, kid: "../../etc/passwd" }],
      ["a key id that is SQL", { ...mode.header, kid: "' OR '1'='1" }],
      ["a key id that every object has", { ...mode.header, kid: "__proto__" }],
      ["a key id that is no string", { ...mode.header, kid: { toString: "x" } }],
    ])("%s", (_, header, sign = mode.sign) => {
      expect(verify(forge(header, genuineClaims(), sign))).toEqual(invalid);
    });
  });

  describe("every claim is needed, with its type", () => {
    test.each(Object.keys(genuineClaims()))("%s", (name) => {
      const { [name]: value, ...others } = genuineClaims();
      expect(verify(forged({ claims: others }))).toEqual(invalid);
      const wrong = [null, {}, [], "", typeof value === "string" ? 1 : "1", [1], -1, 1.5];
      for (const other of wrong) {
        if (Array.isArray(value) && Array.isArray(other) && other.length === 0) continue;
        expect(verify(forged({ claims: { ...others, [name]: other } }))).toEqual(invalid);
      }
    });
  });

  test.each([
    ["iss", "https://login.example.com.evil.example"],
    ["iss", "https://login.example.com/"],
    ["iss", ["https://login.example.com"]],
    ["aud", "another-service"],
    ["aud", ["gatehouse", "another-service"]],
    ["nbf", "0"],
  ])("a token for others is refused: %s %j", (name, value) => {
    expect(verify(forged({ claims: { ...genuineClaims(), [name]: value } }))).toEqual(invalid);
  });

  test("a claim that is not ours is left out of what the token says", () => {
    const claims = genuineClaims();
    const verified = verify(forged({ claims: { ...claims, is_admin: true } }));
    expect(verified).toEqual({ ok: true, claims });
  });

  test("a token ends at its time, also one that was accepted before", () => {
    const { clock, verify } = verifierOf(mode);
    const { issuedAt } = subject({ issuedAt: new Date(Math.ceil(clock.now() / 1000) * 1000) });
    const claims = claimsOf(subject({ issuedAt }), config);
    const token = forged({ claims });
    expect(verify(token)).toMatchObject({ ok: true });
    clock.advance(config.accessTokenTtlSeconds + clockSkewSeconds - 2);
    expect(verify(token)).toMatchObject({ ok: true });
    clock.advance(3);
    expect(verify(token)).toEqual(expired);
    expect(verify(token)).toEqual(expired);
    expect(verifierOf(mode).verify(token)).toMatchObject({ ok: true });
    clock.advance(-10);
    expect(verify(token)).toMatchObject({ ok: true });
  });

  test("only a genuine token is said to be expired", () => {
    const old = { ...genuineClaims(), exp: Math.floor(Date.now() / 1000) - 60 };
    const token = forged({ claims: old });
    expect(verify(token)).toEqual(expired);
    expect(verify(forge(mode.header, old, () => "AAAA"))).toEqual(invalid);
    expect(verify(forged({ claims: { ...old, aud: "another-service" } }))).toEqual(invalid);
  });

  test("a token is not accepted before its time", () => {
    const { clock, verify } = verifierOf(mode);
    const nbf = Math.floor(clock.now() / 1000) + 60;
    const token = forged({ claims: { ...genuineClaims(), nbf } });
    expect(verify(token)).toEqual(invalid);
    clock.advance(60 - clockSkewSeconds + 1);
    expect(verify(token)).toMatchObject({ ok: true });
    clock.advance(-60);
    expect(verify(token)).toEqual(invalid);
  });
});

describe("an algorithm cannot be confused with another", () => {
  const { verify } = verifierOf(modes.ES256);
  const pem = (key: KeyObject) => key.export({ format: "pem", type: "spki" });
  test.each<[string, string | Buffer]>([
    ["PEM", pem(managed.publicKey)],
    ["PEM without its last line break", pem(managed.publicKey).toString().trim()],
    ["DER", managed.publicKey.export({ format: "der", type: "spki" })],
    ["JWK", JSON.stringify(managed.jwk)],
    ["kid", managed.kid],
    ["nothing", ""],
  ])("the public key as HMAC secret makes no token: %s", (_, key) => {
    for (const header of [modes.HS256.header, { ...modes.ES256.header, alg: "HS256" }])
      expect(verify(forge(header, genuineClaims(), hs256(key)))).toEqual(invalid);
    expect(verify(forge(modes.ES256.header, genuineClaims(), hs256(key)))).toEqual(invalid);
  });
});

test("a foreign key makes no token, also under a kid of ours", () => {
  const { verify } = verifierOf(modes.ES256);
  const foreign = makeManagedKey();
  for (const kid of [foreign.kid, managed.kid]) {
    const header = { ...modes.ES256.header, kid };
    expect(verify(forge(header, genuineClaims(), es256(foreign.privateKey)))).toEqual(invalid);
  }
  expect(
    verifierOf(modes.HS256).verify(forge(modes.HS256.header, genuineClaims(), hs256(newSecret()))),
  ).toEqual(invalid);
});

test("the zero signature opens nothing (CVE-2022-21449)", () => {
  const { verify } = verifierOf(modes.ES256);
  const zero = Buffer.alloc(64).toString("base64url");
  expect(verify(forge(modes.ES256.header, genuineClaims(), () => zero))).toEqual(invalid);
});

test("the other signature that the same key could have made is not taken: (r, n − s)", () => {
  const { verify } = verifierOf(modes.ES256);
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const isSigned = (token: string) => {
    const [head, body, signature = ""] = token.split(".");
    const key = { key: managed.publicKey, dsaEncoding: "ieee-p1363" } as const;
    const bytes = Buffer.from(signature, "base64url");
    return verifySignature("sha256", Buffer.from(`${head}.${body}`), key, bytes);
  };
  const twinOf = (token: string) => {
    const bytes = Buffer.from(token.split(".")[2] ?? "", "base64url");
    const twin = (order - BigInt(`0x${bytes.toString("hex", 32)}`)).toString(16).padStart(64, "0");
    const signature = Buffer.concat([bytes.subarray(0, 32), Buffer.from(twin, "hex")]);
    return token.slice(0, token.lastIndexOf(".") + 1) + signature.toString("base64url");
  };
  for (let times = 0; times < 50; times++) {
    const token = genuine(modes.ES256);
    const twin = twinOf(token);
    expect([isSigned(token), isSigned(twin)]).toEqual([true, true]);
    expect(verify(twin)).toEqual(invalid);
    expect(verify(token)).toMatchObject({ ok: true });
  }
});

test("a key that is taken away takes along the tokens that were accepted under it", () => {
  const other = makeManagedKey();
  let keys = managedKeySet([managed, other]);
  const verify = createVerifier({ keys: () => keys, clock: movableClock(), config });
  const token = genuine(modes.ES256);
  expect(verify(token)).toMatchObject({ ok: true });
  keys = managedKeySet([other]);
  expect(verify(token)).toEqual(invalid);
});

test("claims hold no personal data", () => {
  expect(Object.keys(genuineClaims()).sort()).toEqual([
    "amr",
    "aud",
    "auth_time",
    "email_verified",
    "exp",
    "iat",
    "iss",
    "jti",
    "role",
    "sid",
    "sub",
  ]);
});

test("a public half is all that a key of the JWKS has", () => {
  const [jwk] = modes.ES256.keys.jwks;
  expect(Object.keys(jwk ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  const imported = createPublicKey({ key: { ...jwk }, format: "jwk" });
  expect(imported.equals(managed.publicKey)).toBe(true);
  expect(modes.HS256.keys.jwks).toEqual([]);
});
