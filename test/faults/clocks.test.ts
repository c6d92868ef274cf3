import { afterEach, expect, jest, test } from "@jest/globals";
import { testSettings } from "../support/app.js";
import { askApp } from "../support/ask.js";
import { createTestDatabase } from "../support/database.js";
import { newMember, refreshTokenOf } from "../support/personas.js";
import { startReplica } from "../support/replica.js";

const realNow = Date.now;
/** The wall clock of this machine, and of every replica on it, is wrong by so much. */
function setWallClock(aheadSeconds: number): void {
  jest.spyOn(Date, "now").mockImplementation(() => realNow() + aheadSeconds * 1000);
}
afterEach(() => {
  jest.restoreAllMocks();
});

test.each([-90, 90])(
  "a replica whose clock is %i s off takes and gives the tokens of the others",
  async (seconds) => {
    const database = await createTestDatabase();
    const settings = testSettings({ ACCESS_TOKEN_TTL: "1m" });
    const right = await startReplica({ url: database.url, settings });
    setWallClock(seconds);
    const wrong = await startReplica({ url: database.url, settings });
    const [asRight, asWrong] = [askApp(right.app), askApp(wrong.app)];
    const { auth } = await newMember(right.app);
    expect((await asWrong("mySessions", {}, auth.accessToken)).outcome).toBe("ok");
    const renewed = await asWrong("refreshToken", { refreshToken: refreshTokenOf(auth) });
    const { accessToken, refreshToken, expiresIn } = renewed.data.refreshToken;
    expect(expiresIn).toBe(60);
    expect((await asRight("mySessions", {}, accessToken)).outcome).toBe("ok");
    expect((await asRight("refreshToken", { refreshToken })).outcome).toBe("ok");
    await Promise.all([right.close(), wrong.close()]);
    await database.close();
  },
);

test("what has expired stays expired when the clock is set back", async () => {
  const database = await createTestDatabase();
  const replica = await startReplica({ url: database.url, settings: testSettings() });
  const ask = askApp(replica.app);
  const { auth } = await newMember(replica.app);
  await database.dataSource.query(
    "UPDATE sessions SET expires_at = clock_timestamp() - interval '1 second' WHERE id = $1",
    [auth.session.id],
  );
  setWallClock(-3600);
  const { outcome } = await ask("refreshToken", { refreshToken: refreshTokenOf(auth) });
  expect(outcome).toBe("INVALID_REFRESH_TOKEN");
  await replica.close();
  await database.close();
});

test("a step of the clock deafens nobody", async () => {
  const database = await createTestDatabase();
  const replica = await startReplica({ url: database.url, settings: testSettings() });
  const { auth } = await newMember(replica.app);
  for (const seconds of [3600, -3600]) {
    setWallClock(seconds);
    expect((await askApp(replica.app)("mySessions", {}, auth.accessToken)).outcome).toBe("ok");
    const { body } = await replica.app.inject("/metrics");
    expect(body).toMatch(/^gatehouse_feed_hearing 1$/m);
    expect(body).toMatch(/^gatehouse_bearer_checks_asked_total 0$/m);
  }
  await replica.close();
  await database.close();
});
