import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import realBcrypt from "bcryptjs";
import { comparison } from "../../src/passwords/comparison.js";
import { createPeppers } from "../../src/passwords/pepper.js";
import type { StoredPassword } from "../../src/passwords/stored-password.js";

/** Rounds of key expansion: what the time of bcrypt is made of. */
let rounds = 0;
const count = (cost: number) => {
  rounds += 2 ** cost;
};

/** bcryptjs that counts its work. */
const countingBcrypt = {
  getRounds: realBcrypt.getRounds,
  hashSync(candidate: string, cost: number) {
    count(cost);
    return realBcrypt.hashSync(candidate, cost);
  },
  compareSync(candidate: string, hash: string) {
    count(realBcrypt.getRounds(hash));
    return realBcrypt.compareSync(candidate, hash);
  },
};

const cost = 8;
const peppers = createPeppers([randomBytes(32), randomBytes(32)]);
const [current, older] = peppers as [(typeof peppers)[0], (typeof peppers)[0]];

const seasoned = (pepper: typeof current, hashCost: number): StoredPassword => ({
  hash: realBcrypt.hashSync(pepper.season("the right one"), hashCost),
  pepperId: pepper.id,
});
const plain = (hashCost: number): StoredPassword => ({
  hash: realBcrypt.hashSync("the right one", hashCost),
  pepperId: null,
});

let verify: typeof import("../../src/passwords/hash-worker.js").verify;
beforeAll(async () => {
  jest.unstable_mockModule("bcryptjs", () => ({ default: countingBcrypt }));
  ({ verify } = await import("../../src/passwords/hash-worker.js"));
});

/** What a sign-in costs. */
function workOf(password: string, stored: StoredPassword | undefined) {
  rounds = 0;
  const matches = verify({ ...comparison(password, stored, peppers), cost });
  return { matches, rounds };
}

describe("a refusal costs exactly one hash of the configured cost", () => {
  const refusals: [string, string, StoredPassword | undefined][] = [
    ["an unknown user", "any words", undefined],
    ["a wrong password", "a wrong one", seasoned(current, cost)],
    ["a wrong password for a hash one step cheaper", "a wrong one", seasoned(current, cost - 1)],
    ["a wrong password for the cheapest of hashes", "a wrong one", seasoned(current, 4)],
    ["a wrong password for a hash with an older pepper", "a wrong one", seasoned(older, cost)],
    ["a wrong password for a plain hash from elsewhere", "a wrong one", plain(6)],
    ["a hash whose pepper is missing", "the right one", { ...plain(cost), pepperId: "00000000" }],
    ["a damaged hash", "the right one", { hash: "$2b$08$damaged", pepperId: current.id }],
    ["a password that is too long", "x".repeat(257), seasoned(current, 5)],
    ["a password that is no Unicode", "half a pair \ud800", seasoned(current, 5)],
    ["no password at all", "", seasoned(current, cost)],
  ];
  test.each(refusals)("%s", (_, password, stored) => {
    expect(workOf(password, stored)).toEqual({ matches: false, rounds: 2 ** cost });
  });
});

test("the right password costs its own hash and nothing on top", () => {
  expect(workOf("the right one", seasoned(current, cost))).toEqual({
    matches: true,
    rounds: 2 ** cost,
  });
});
