import { rememberedRotations } from "../../../src/sessions/rotation.js";
import type { Ask, Reply } from "./network.js";
import { defaultWindows } from "./server.js";
import type { World } from "./world.js";

/**
 * What the guarantees of docs/rotation.md leave out, so that schedules do not contain it. That each
 * exception is one in truth is shown in rotation-exceptions.test.ts.
 */

/** A ninth rotation within one late window: the first of them would be forgotten too early. */
export function rotatesTooOften({ server, now }: World, { request }: Ask): boolean {
  const { generation, rotatedAt } = server.row;
  const replaced = request.generation + 1 - generation;
  if (replaced < 1) return false;
  const forgotten = rotatedAt[Math.max(0, rememberedRotations - replaced)];
  const lateWindowMs = defaultWindows.lateWindowSeconds * 1000;
  return forgotten !== undefined && now - forgotten.getTime() < lateWindowMs;
}

/** The jar, the script's marker and the server agree. */
const isInStep = ({ client, server }: World) =>
  client.jar === client.marker && server.row.generation === client.marker;

/** A cookie that takes the jar back by more than one rotation, or while a newer one is in use. */
export function setsJarTooFarBack(world: World, { answer }: Reply): boolean {
  const { client, network } = world;
  if (client.transport === "BODY" || answer.kind !== "token") return false;
  if (answer.generation >= client.jar) return false;
  const newerIsInUse = network.asks.some((ask) => ask.request.generation > answer.generation);
  return newerIsInUse || !isInStep(world) || answer.generation < client.jar - 1;
}

/** A power cut after which the jar would be more than one rotation old. */
export const leavesJarTooOld = (world: World) => !isInStep(world);

/** A fail-over before the script has caught up with a jar that was set back. */
export const meetsJarSetBack = ({ client, network }: World) =>
  client.transport === "COOKIE" &&
  (client.jar !== client.marker ||
    network.asks.some((ask) => ask.request.generation !== ask.marker));
