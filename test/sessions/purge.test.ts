import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { keepEndedSeconds, purgeSessions } from "../../src/sessions/purge.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { newMember, signInAgain } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const set = (id: string, assignment: string) =>
  service.pool.query(`UPDATE sessions SET ${assignment} WHERE id = $1`, [id]);

const exists = async (id: string) =>
  (await service.pool.query("SELECT FROM sessions WHERE id = $1", [id])).rowCount === 1;

test("sessions are kept as long as lists and access tokens need them", () => {
  const day = 86_400;
  expect(keepEndedSeconds({ accessTokenTtlSeconds: 900 })).toBe(30 * day);
  expect(keepEndedSeconds({ accessTokenTtlSeconds: 40 * day })).toBe(40 * day + 300);
});

test("only what was over for long enough is removed, also by two replicas at once", async () => {
  const member = await newMember(service.app);
  const make = async () => (await signInAgain(service.app, member)).session.id;
  const long = "clock_timestamp() - interval '31 days'";
  const lately = "clock_timestamp() - interval '29 days'";
  const gone = [await make(), await make(), await make()];
  const kept = [await make(), await make(), member.auth.session.id];
  await set(gone[0] as string, `ended_at = ${long}`);
  await set(gone[1] as string, `expires_at = ${long}`);
  await set(gone[2] as string, `absolute_expires_at = ${long}`);
  await set(kept[0] as string, `ended_at = ${lately}, end_reason = 'REUSE_DETECTED'`);
  await set(kept[1] as string, `expires_at = ${lately}`);
  const keep = keepEndedSeconds(service.config);
  const removed = await Promise.all([
    purgeSessions(service.pool, keep),
    purgeSessions(service.pool, keep),
  ]);
  expect(removed[0] + removed[1]).toBe(3);
  for (const id of gone) expect(await exists(id)).toBe(false);
  for (const id of kept) expect(await exists(id)).toBe(true);
});

test("more sessions than one slice holds are all walked", async () => {
  const member = await newMember(service.app);
  await service.pool.query(
    `INSERT INTO sessions (id, user_id, transport, device, created_at, last_used_at, expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), $1, 'BODY', 'old', t, t, t, t
     FROM generate_series(1, 2500), (SELECT now() - interval '40 days' AS t) old`,
    [member.auth.user.id],
  );
  expect(await purgeSessions(service.pool, keepEndedSeconds(service.config))).toBe(2500);
});
