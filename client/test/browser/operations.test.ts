import { expect, test } from "@jest/globals";
import { accessTokenSeconds, type Setting } from "./support/bench.js";
import {
  expectAnswered,
  expectOnePerExpiry,
  nobodySignedOut,
  proof,
  proofs,
  settings,
} from "./support/proofs.js";

const it = proofs();
const ttlMs = accessTokenSeconds * 1000;
const withoutLocks = "delete Navigator.prototype.locks";
const clockWrong = "{ const now = Date.now; Date.now = () => now() + 3_600_000; }";

const all: [string, Setting][] = [
  ...settings,
  ["cookie, ends learnt from the service", { transport: "COOKIE", trust: 100 }],
  ["body, ends learnt from the service", { transport: "BODY", trust: 100 }],
  ["cookie, no Web Locks", { transport: "COOKIE", before: withoutLocks }],
  ["body, no Web Locks", { transport: "BODY", before: withoutLocks }],
  ["cookie, clock an hour wrong", { transport: "COOKIE", before: clockWrong }],
];

proof("five tabs with ten operations each, over tokens that expire", () => {
  test.each(all)("%s: all answered, one refresh per expiry", async (_, setting) => {
    it.visit = await it.bench.visit(setting, 5);
    const began = Date.now();
    // The service takes a token for a few seconds more than it says (clock tolerance).
    const tally = await it.visit.operate(setting.trust ? 9000 : 2.5 * ttlMs);
    expectAnswered(tally);
    expect(it.bench.front.refreshes.length).toBeGreaterThanOrEqual(1);
    expectOnePerExpiry(it.bench, began);
    await nobodySignedOut(it.visit);
  });
});
