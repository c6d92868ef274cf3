import { expect, test } from "@jest/globals";
import { createEventQueue } from "../../src/session-events/event-queue.js";

function queue(room = 3) {
  const gone = { times: 0 };
  const events = createEventQueue<number>({
    room,
    onGone() {
      gone.times += 1;
    },
  });
  return { events, gone };
}

test("what is pushed comes out in order, whether somebody waits for it or not", async () => {
  const { events } = queue();
  const first = events.next();
  events.push(1);
  events.push(2);
  expect([await first, await events.next()].map(({ value }) => value)).toEqual([1, 2]);
});

test("beyond its room it says so", () => {
  const { events } = queue(2);
  expect([1, 2, 3].map((item) => events.push(item))).toEqual([true, true, false]);
});

test("finished, it gives what it has and then ends", async () => {
  const { events, gone } = queue();
  events.push(1);
  events.finish();
  events.push(2);
  expect(await events.next()).toEqual({ done: false, value: 1 });
  expect(gone.times).toBe(0);
  for (let i = 0; i < 2; i++) expect((await events.next()).done).toBe(true);
  expect(gone.times).toBe(1);
});

test("who waits learns at once that it is finished, or left", async () => {
  for (const end of ["finish", "return"] as const) {
    const { events, gone } = queue();
    const waiting = events.next();
    await events[end]();
    expect((await waiting).done).toBe(true);
    expect(gone.times).toBe(1);
    await events.return();
    expect(gone.times).toBe(1);
  }
});
