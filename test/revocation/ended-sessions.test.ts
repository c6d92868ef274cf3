import { randomUUID } from "node:crypto";
import { expect, test } from "@jest/globals";
import { createEndedSessions } from "../../src/revocation/ended-sessions.js";
import { movableClock } from "../support/clock.js";

const remember = (room?: number) => {
  const clock = movableClock();
  return { clock, ended: createEndedSessions({ clock, rememberSeconds: 1200, room }) };
};

test("what has ended is known until no access token can be old enough", () => {
  const { clock, ended } = remember();
  const [first, second] = [randomUUID(), randomUUID()];
  ended.add([first]);
  clock.advance(600);
  ended.add([first, second]);
  expect([ended.has(first), ended.has(second), ended.has(randomUUID())]).toEqual([
    true,
    true,
    false,
  ]);
  clock.advance(601);
  expect(ended.size).toBe(1);
  expect(ended.ids()).toEqual([second]);
  clock.advance(600);
  expect(ended.size).toBe(0);
});

test("beyond its room the list says that it is incomplete, until what was left out does not matter", () => {
  const { clock, ended } = remember(2);
  ended.add([randomUUID(), randomUUID()]);
  expect(ended.isComplete()).toBe(true);
  clock.advance(10);
  const leftOut = randomUUID();
  ended.add([leftOut]);
  expect([ended.isComplete(), ended.has(leftOut), ended.size]).toEqual([false, false, 2]);
  clock.advance(1195);
  expect([ended.isComplete(), ended.size]).toEqual([false, 0]);
  clock.advance(6);
  expect(ended.isComplete()).toBe(true);
});

test("what is known already takes no room", () => {
  const { ended } = remember(1);
  const id = randomUUID();
  ended.add([id]);
  ended.add([id]);
  expect(ended.isComplete()).toBe(true);
});
