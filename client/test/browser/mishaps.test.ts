import { expect, test } from "@jest/globals";
import { accessTokenSeconds, longestGapMs, sleep, sleeperOf } from "./support/bench.js";
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
const three = (status: string) => Array(3).fill(status);

proof.each(settings)("what goes wrong signs nobody out (%s)", (transport, setting) => {
  test("a tab killed in mid-refresh", async () => {
    it.visit = await it.bench.visit(setting, 3);
    const letGo = it.bench.front.holdNextReply(0);
    const [killed, ...others] = it.visit.pages;
    await killed?.evaluate(() => void window.app.auth.refresh());
    await sleep(300);
    await killed?.close();
    const tally = await it.visit.operate(ttlMs, others);
    letGo();
    expectAnswered(tally);
    await nobodySignedOut(it.visit);
  });

  test("a tab that hangs in mid-refresh blocks the others for a few seconds only", async () => {
    it.visit = await it.bench.visit(setting, 2);
    const letGo = it.bench.front.holdNextReply(0);
    const [hanging, other] = it.visit.pages;
    await hanging?.evaluate(() => void window.app.auth.refresh());
    await sleep(300);
    const began = Date.now();
    const token = await other?.evaluate(() => window.app.auth.refresh());
    letGo();
    expect(token).toEqual(expect.any(String));
    expect(Date.now() - began).toBeLessThan(8000);
    await nobodySignedOut(it.visit);
  });

  test("a reply dropped", async () => {
    it.visit = await it.bench.visit(setting, 3);
    it.bench.front.dropNextReply();
    const tally = await it.visit.operate(1.5 * ttlMs);
    expectAnswered(tally);
    await nobodySignedOut(it.visit);
  });

  test("a page reloaded in mid-refresh, over and over", async () => {
    it.visit = await it.bench.visit(setting, 1);
    const [page] = it.visit.pages;
    for (let round = 0; round < 4; round++) {
      await page?.evaluate(() => void window.app.auth.refresh());
      await page?.reload();
    }
    expect(await it.visit.statuses("signedIn")).toEqual(["signedIn"]);
    await nobodySignedOut(it.visit);
  });

  test("offline and back", async () => {
    it.visit = await it.bench.visit(setting, 3);
    await it.visit.context.setOffline(true);
    await sleep(1.5 * ttlMs);
    expect(await it.visit.statuses("signedIn")).toEqual(three("signedIn"));
    it.bench.front.refreshes = [];
    const began = Date.now();
    await it.visit.context.setOffline(false);
    expectAnswered(await it.visit.operate(500));
    expect(it.bench.front.refreshes.length).toBeGreaterThanOrEqual(1);
    // Three tabs come back one by one: one of them may find no other to ask yet, never all of them.
    expectOnePerExpiry(it.bench, began, { missed: 1 });
    await nobodySignedOut(it.visit);
  });

  test("a tab that slept over an expiry", async () => {
    it.visit = await it.bench.visit(setting, 2);
    const [sleeper, awake] = it.visit.pages;
    if (!sleeper || !awake) throw new Error("two tabs");
    const fallAsleep = await sleeperOf(sleeper);
    const bedtime = await sleeper.evaluate(() => performance.now());
    const wakeUp = fallAsleep();
    await it.visit.operate(1.5 * ttlMs, [awake]);
    wakeUp();
    const began = Date.now();
    it.bench.front.refreshes = [];
    expectAnswered(await it.visit.operate(500));
    expectOnePerExpiry(it.bench, began);
    expect(await longestGapMs(sleeper, bedtime)).toBeGreaterThan(ttlMs);
    await nobodySignedOut(it.visit);
  });

  const signal = transport === "cookie" ? "SIGTERM" : "SIGKILL";
  test(`the service restarted (${signal})`, async () => {
    it.visit = await it.bench.visit(setting, 3);
    it.bench.front.target = undefined;
    await it.bench.service.stop(signal);
    await sleep(ttlMs);
    await it.bench.service.start();
    it.bench.front.target = it.bench.service.address;
    expect(await it.visit.statuses("signedIn")).toEqual(three("signedIn"));
    const tokens = it.visit.pages.map((page) =>
      page.waitForFunction(() => window.app.auth.getAccessToken().catch(() => undefined)),
    );
    await Promise.all(tokens);
    expectAnswered(await it.visit.operate(500));
    await nobodySignedOut(it.visit);
  });
});

proof.each(settings)("what ends a session ends it in all tabs (%s)", (_, setting) => {
  test("sign-out in one tab", async () => {
    it.visit = await it.bench.visit(setting, 3);
    await it.visit.pages[0]?.evaluate(() => window.app.auth.signOut());
    expect(await it.visit.statuses("signedOut")).toEqual(three("signedOut"));
    await it.visit.pages[1]?.reload();
    expect(await it.visit.statuses("signedOut")).toEqual(three("signedOut"));
  });

  test("revoked elsewhere", async () => {
    it.visit = await it.bench.visit(setting, 3);
    const elsewhere = await it.bench.signIn(it.visit.email);
    await elsewhere("mutation { revokeOtherSessions { id } }");
    const tally = await it.visit.operate(500);
    expect(tally.ok).toBeUndefined();
    expect(await it.visit.statuses("signedOut")).toEqual(three("signedOut"));
  });
});
