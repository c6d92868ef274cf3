import { describe, expect, test } from "@jest/globals";
import { Scene } from "./rotation-model/scene.js";
import { World } from "./rotation-model/world.js";

/**
 * The traces of docs/rotation.md, on which simpler tables failed. `ask(0, "k1")` is a request with
 * the token of generation 0 and retry key k1; a number is the generation that came back.
 */
const weekend = 3 * 86_400;

describe("traces that signed an honest person out", () => {
  test("overtaken request", () => {
    const scene = new Scene();
    expect(scene.ask(0, "k1")).toBe(1);
    expect(scene.ask(1, "k2")).toBe(2);
    scene.wait(59);
    expect(scene.ask(0, "k1")).toBe("later");
    expect(scene.ask(2, "k3")).toBe(3);
  });

  test("overtaken request: one tab gives up, asks again, refreshes, and the first copy arrives late", () => {
    const world = new World({ transport: "COOKIE" });
    const givenUp = world.leave();
    world.wait(10_000);
    expect(world.refresh()).toMatchObject({ generation: 1 });
    expect(world.refresh()).toMatchObject({ generation: 2 });
    world.wait(40_000);
    world.land(world.arrive(givenUp));
    expect(world.client).toMatchObject({ jar: 2, isSignedOut: false });
    expect(world.refresh()).toMatchObject({ generation: 3 });
  });

  test.each([1, 2])("overtaken after a fail-over that lost %d writes", (lostWrites) => {
    const scene = new Scene();
    scene.ask(0, "k1");
    scene.ask(1, "k2");
    scene.server.failOver(lostWrites);
    scene.wait(weekend);
    expect(scene.ask(2, "k3")).toBe(3);
    scene.wait(59);
    for (const overtaken of [1, 0]) expect(scene.ask(overtaken, "k1")).toBe("later");
    expect(scene.ask(2, "k3")).toBe(3);
  });

  test("cookie set back by reordering", () => {
    const world = new World({ transport: "COOKIE" });
    const slowReply = world.arrive(world.leave());
    world.refresh();
    world.refresh();
    world.land(slowReply);
    expect(world.client).toMatchObject({ jar: 1, marker: 2 });
    world.wait(weekend * 1000);
    expect(world.refresh()).toMatchObject({ generation: 2 });
    expect(world.refresh()).toMatchObject({ generation: 3 });
  });

  test("cookie set back by reordering: in body transport only higher rotations are stored", () => {
    const world = new World({ transport: "BODY" });
    const slowReply = world.arrive(world.leave());
    world.refresh();
    world.refresh();
    world.land(slowReply);
    expect(world.client.holds).toBe(2);
  });

  test("power cut", () => {
    const world = new World({ transport: "COOKIE" });
    world.refresh();
    world.refresh();
    world.powerCut();
    expect(world.client).toMatchObject({ jar: 1, pendingKey: undefined });
    world.wait(weekend * 1000);
    expect(world.refresh()).toMatchObject({ generation: 2 });
  });

  test("crash with the key only in memory", () => {
    const forgotten = new Scene();
    forgotten.ask(0, "k1");
    forgotten.wait(60);
    expect(forgotten.ask(0, "k2")).toBe("refused");

    const world = new World({ transport: "BODY" });
    world.arrive(world.leave());
    world.crash(0);
    world.wait(weekend * 1000);
    expect(world.refresh()).toMatchObject({ generation: 1 });
  });

  test("two tabs, two keys", () => {
    const unshared = new Scene();
    expect(unshared.ask(0, "k1")).toBe(1);
    expect(unshared.ask(0, "k2")).toBe("later");

    const world = new World({ transport: "BODY", tabs: 2 });
    const slowReply = world.arrive(world.leave(0));
    expect(world.refresh(1)).toMatchObject({ generation: 1 });
    world.land(slowReply);
    expect(world.refresh(0)).toMatchObject({ generation: 2 });
  });

  test("lid closed in mid-refresh on Friday", () => {
    const scene = new Scene();
    scene.ask(0, "k1");
    scene.wait(weekend);
    expect(scene.ask(0, "k1")).toBe(1);
    expect(scene.ask(1, "k2")).toBe(2);
  });

  test("a device restored from a backup is not curable by a table", () => {
    const scene = new Scene();
    scene.ask(0, "k1");
    scene.ask(1, "k2");
    scene.wait(weekend);
    expect(scene.ask(0, "k3", "k0")).toBe("refused");
  });
});

describe("traces that let a thief live", () => {
  test("constant retry key", () => {
    const scene = new Scene();
    expect(scene.ask(0, "k")).toBe(1);
    scene.wait(60);
    expect(scene.ask(0, "k")).toBe(1);
    expect(scene.ask(1, "k")).toBe(2);
    scene.wait(60);
    expect(scene.ask(1, "k")).toBe("refused");
    expect(scene.ask(2, "k")).toBe("refused");
  });

  test("the tab window as an oracle", () => {
    const scene = new Scene();
    scene.ask(0, "k1");
    expect(scene.ask(0)).toBe("later");
    expect(scene.ask(0, "guess", "guess")).toBe("later");
    scene.wait(60);
    expect(scene.ask(0)).toBe("refused");
  });

  test("late window anchored at the latest rotation", () => {
    const scene = new Scene();
    scene.ask(0, "t0");
    scene.wait(50);
    scene.ask(1, "t1");
    for (let thiefs = 2; thiefs < 4; thiefs++) {
      scene.wait(29);
      expect(scene.ask(0, "k1")).toBe("later");
      scene.ask(thiefs, `t${thiefs}`);
    }
    scene.wait(2);
    expect(scene.ask(0, "k1")).toBe("refused");
    expect(scene.ask(4, "t4")).toBe("refused");
  });

  test("token and pending key, copied in flight", () => {
    const scene = new Scene();
    expect(scene.ask(0, "k1")).toBe(1);
    expect(scene.ask(0, "k1")).toBe(1);
    expect(scene.ask(1, "t1")).toBe(2);
    scene.wait(60);
    expect(scene.ask(1, "k2", "k1")).toBe("refused");
    expect(scene.ask(2, "t2")).toBe("refused");
  });

  test("fail-over", () => {
    const scene = new Scene();
    expect(scene.ask(0, "t0")).toBe(1);
    scene.server.failOver(1);
    expect(scene.ask(0, "k1")).toBe(1);
    expect(scene.ask(1, "t1")).toBe(2);
    scene.wait(60);
    expect(scene.ask(1, "k2", "k1")).toBe("refused");
    expect(scene.ask(2, "t2")).toBe("refused");
  });
});
