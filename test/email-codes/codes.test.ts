import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Pool } from "pg";
import { poolOf } from "../../src/database/pool.js";
import { inTransaction } from "../../src/database/transaction.js";
import { mailBudget, refill, spend } from "../../src/email-codes/budget.js";
import { makeCodes, readCode } from "../../src/email-codes/code-format.js";
import { CodePurpose } from "../../src/email-codes/code-purpose.js";
import { consumeCode, matchCode } from "../../src/email-codes/consume.js";
import { issueCodes } from "../../src/email-codes/issue.js";
import { purgeEmailCodes } from "../../src/email-codes/purge.js";
import { keyRing } from "../../src/secrets.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { recordSecret } from "../support/issued-secrets.js";

const secrets = [randomBytes(32), randomBytes(32)];
const codeKeys = keyRing(secrets, "emailCodeMac");

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = poolOf(database.dataSource);
});
afterAll(() => database.close());

const parts = () => ({ pool, codeKeys });

async function issue(keys = codeKeys, userId = randomUUID()) {
  const address = `${userId}@example.com`;
  const request = { purpose: CodePurpose.VERIFY, userId, address, ttlSeconds: 600 };
  const codes = await inTransaction(pool, (client) => issueCodes(client, keys, request));
  recordSecret(codes.link);
  return { ...codes, expected: { purpose: CodePurpose.VERIFY, owner: userId } };
}

const use = (codes: { expected: { purpose: CodePurpose; owner: string } }, code: string) =>
  matchCode(parts(), codes.expected, code);

describe("a pair of codes", () => {
  test("has six digits, each as likely as the others in its place", () => {
    const counts = Array.from({ length: 6 }, () => new Array<number>(10).fill(0));
    const rounds = 20_000;
    for (let round = 0; round < rounds; round++)
      for (const [place, digit] of [...makeCodes(randomUUID()).digits].entries())
        (counts[place] as number[])[Number(digit)] = (counts[place]?.[Number(digit)] ?? 0) + 1;
    // Chi-square with 9 degrees of freedom: above 45 once in a million honest runs.
    for (const places of counts) {
      const mean = rounds / 10;
      expect(places.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0)).toBeLessThan(45);
    }
  });

  test("has a long code that names its row and is read in one spelling alone", () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const { link } = makeCodes(id);
        expect(readCode(link)).toEqual({ form: "link", text: link, id: id.toLowerCase() });
        expect(readCode(`  ${link}\n`)).toEqual({ form: "link", text: link, id: id.toLowerCase() });
        expect(readCode(`${link}A`)).toBeUndefined();
        expect(readCode(link.slice(1))).toBeUndefined();
      }),
    );
  });

  test("whatever else is sent is no code, and is read quickly", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const read = readCode(text);
        if (read?.form === "digits") expect(text.replace(/[\s-]/g, "")).toBe(read.text);
      }),
    );
    expect(readCode(" ".repeat(90_000))).toBeUndefined();
  });
});

describe("a code in the database", () => {
  test("is nowhere to be read: the row holds MACs", async () => {
    const { digits, expected } = await issue();
    const { rows } = await pool.query("SELECT * FROM email_codes WHERE user_id = $1", [
      expected.owner,
    ]);
    expect(rows[0].digits_mac).toHaveLength(32);
    expect(rows[0].link_mac).toHaveLength(32);
    expect(rows[0].digits_mac.includes(digits)).toBe(false);
  });

  test.each([
    ["user_id", "user_id = gen_random_uuid()"],
    ["purpose", "purpose = 'RESET'"],
    ["address", "address = 'eve@example.com'"],
    ["id", "id = gen_random_uuid()"],
  ])("opens nothing once its row's %s was altered", async (_name, assignment) => {
    const codes = await issue();
    await pool.query(
      `UPDATE email_codes SET ${assignment}, digits_mac = digits_mac WHERE user_id = $1`,
      [codes.expected.owner],
    );
    const { rows } = await pool.query(
      "SELECT user_id, address FROM email_codes ORDER BY created_at DESC LIMIT 1",
    );
    const purposes = [CodePurpose.VERIFY, CodePurpose.RESET];
    for (const purpose of purposes)
      for (const owner of [codes.expected.owner, rows[0].user_id, rows[0].address]) {
        const digits = matchCode(parts(), { purpose, owner }, codes.digits).catch(
          ({ code }) => code,
        );
        expect(await digits).toMatch(/INVALID_CODE|22P02/);
      }
  });

  test("is good under a secret that is no longer the first, and not under one that has gone", async () => {
    const codes = await issue(keyRing([secrets[1] as Buffer], "emailCodeMac"));
    expect((await use(codes, codes.link)).userId).toBe(codes.expected.owner);
    const gone = await issue(keyRing([randomBytes(32)], "emailCodeMac"));
    await expect(use(gone, gone.link)).rejects.toMatchObject({ code: "INVALID_CODE" });
  });

  test("a try is counted before it is compared, and stays counted when the deed fails", async () => {
    const codes = await issue();
    for (let tries = 1; tries <= 5; tries++) {
      const matched = await use(codes, codes.digits);
      await expect(
        inTransaction(pool, async (client) => {
          await consumeCode(client, matched);
          throw new Error("the deed fails");
        }),
      ).rejects.toThrow("the deed fails");
    }
    await expect(use(codes, codes.digits)).rejects.toMatchObject({ code: "INVALID_CODE" });
    await expect(use(codes, codes.link)).resolves.toBeTruthy();
  });

  test("that was found right before a newer one came is not consumed after it", async () => {
    const codes = await issue();
    const matched = await use(codes, codes.digits);
    await issue(codeKeys, codes.expected.owner);
    await expect(
      inTransaction(pool, (client) => consumeCode(client, matched)),
    ).rejects.toMatchObject({
      code: "INVALID_CODE",
    });
  });

  test("goes when it has expired, and budgets when their window is over", async () => {
    const codes = await issue();
    await spend(pool, mailBudget, "somebody");
    await pool.query("UPDATE email_codes SET expires_at = clock_timestamp() WHERE user_id = $1", [
      codes.expected.owner,
    ]);
    await pool.query("UPDATE email_budgets SET started_at = started_at - interval '2 days'");
    await purgeEmailCodes(pool);
    const left = await pool.query("SELECT FROM email_codes WHERE user_id = $1", [
      codes.expected.owner,
    ]);
    expect(left.rowCount).toBe(0);
    expect((await pool.query("SELECT FROM email_budgets")).rowCount).toBe(0);
  });
});

describe("a budget", () => {
  const budget = { name: "test", limit: 5, windowSeconds: 60 };

  test("lets exactly its limit through, however many come at once", async () => {
    const spent = await Promise.all(Array.from({ length: 60 }, () => spend(pool, budget, "many")));
    expect(spent.filter(({ allowed }) => allowed)).toHaveLength(5);
    for (const { allowed, retryAfter } of spent)
      if (!allowed) expect(retryAfter).toBeGreaterThan(50);
  });

  test("is full again when its window is over, or when it is given back", async () => {
    for (let times = 0; times < 6; times++) await spend(pool, budget, "one");
    expect((await spend(pool, budget, "one")).allowed).toBe(false);
    await pool.query("UPDATE email_budgets SET started_at = started_at - interval '61 seconds'");
    expect(await spend(pool, budget, "one")).toEqual({ allowed: true, retryAfter: 0 });
    for (let times = 0; times < 6; times++) await spend(pool, budget, "one");
    await refill(pool, budget, "one");
    expect((await spend(pool, budget, "one")).allowed).toBe(true);
  });

  test("names nobody in the database", async () => {
    await spend(pool, budget, "ada@example.com");
    const { rows } = await pool.query("SELECT key FROM email_budgets");
    for (const { key } of rows) expect(key).toHaveLength(32);
  });
});
