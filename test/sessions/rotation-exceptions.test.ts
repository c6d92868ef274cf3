import { describe, expect, test } from "@jest/globals";
import type { SceneAnswer } from "./rotation-model/scene.js";
import { Scene } from "./rotation-model/scene.js";
import { World } from "./rotation-model/world.js";

/**
 * What the guarantees leave out (docs/rotation.md, "Exceptions"), each as the shortest trace that
 * the search found. A change of the table that makes one of these tests fail is good news: the
 * exception can go.
 */
const weekendMs = 3 * 86_400_000;

function returnsAfterAWeekend(world: World) {
  world.wait(weekendMs);
  return world.refresh().kind;
}

describe("an honest client is signed out", () => {
  test("with a cookie jar two rotations old after a power cut", () => {
    const world = new World({ transport: "COOKIE" });
    for (let i = 0; i < 3; i++) world.refresh();
    world.powerCut();
    world.powerCut();
    expect(returnsAfterAWeekend(world)).toBe("refused");
  });

  test("when a cookie lands after those of two later rotations", () => {
    const world = new World({ transport: "COOKIE", tabs: 2 });
    const slowReply = world.arrive(world.leave(0));
    for (let i = 0; i < 3; i++) world.refresh(1);
    world.land(slowReply);
    expect(world.client).toMatchObject({ jar: 1, marker: 3 });
    expect(returnsAfterAWeekend(world)).toBe("refused");
  });

  test("when its page closes between cookie and script, and the next answer is lost", () => {
    const world = new World({ transport: "COOKIE" });
    world.landOnClosingPage(world.arrive(world.leave()));
    expect(world.client).toMatchObject({ jar: 1, marker: 0 });
    world.arrive(world.leave());
    expect(returnsAfterAWeekend(world)).toBe("refused");
  });

  test("when a fail-over meets a cookie that was set back, and the next answer is lost", () => {
    const world = new World({ transport: "COOKIE" });
    const slowReply = world.arrive(world.leave());
    world.refresh();
    world.refresh();
    world.failOver(1);
    world.land(slowReply);
    world.refresh();
    world.arrive(world.leave());
    expect(returnsAfterAWeekend(world)).toBe("refused");
  });

  test("when a message is under way for a late window and a successor was rotated meanwhile", () => {
    const scene = new Scene();
    scene.ask(0, "k1");
    scene.ask(1, "k2");
    scene.wait(60);
    expect(scene.ask(0, "k1")).toBe("refused");
  });

  test("when nine rotations in one late window overtake a message", () => {
    const overtakenBy = (rotations: number): SceneAnswer => {
      const scene = new Scene();
      for (let i = 0; i <= rotations; i++) scene.ask(i, `k${i}`);
      return scene.ask(0, "k0");
    };
    expect(overtakenBy(8)).toBe("later");
    expect(overtakenBy(9)).toBe("refused");
  });
});

describe("a thief is found later", () => {
  test("while he rotates without a key within the tab window before the victim", () => {
    const scene = new Scene();
    for (let shared = 0; shared < 20; shared++) {
      expect(scene.ask(shared)).toBe(shared + 1);
      scene.wait(5);
      expect(scene.ask(shared, `k${shared}`, `k${shared - 1}`)).toBe(shared + 1);
      scene.wait(900);
    }
  });

  test("not so with the tab window off", () => {
    const scene = new Scene({ tabWindowSeconds: 0, lateWindowSeconds: 60 });
    scene.ask(0);
    scene.wait(5);
    expect(scene.ask(0, "k0")).toBe("later");
    scene.wait(55);
    expect(scene.ask(0, "k0")).toBe("refused");
  });

  test("by one rotation, with a request copied from a jar that was set back", () => {
    const scene = new Scene(undefined, "COOKIE");
    scene.ask(0, "k0");
    const copied = [0, "k1", "k0"] as const;
    expect(scene.ask(...copied)).toBe(1);
    expect(scene.ask(1, "k1", "k0")).toBe(2);
    expect(scene.ask(1, "k1")).toBe(2);
    expect(scene.ask(2, "k2", "k1")).toBe(3);
    scene.wait(60);
    expect(scene.ask(2, "t")).toBe("refused");
  });
});
