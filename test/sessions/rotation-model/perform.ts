import {
  leavesJarTooOld,
  meetsJarSetBack,
  rotatesTooOften,
  setsJarTooFarBack,
} from "./exceptions.js";
import type { Step, StepName } from "./steps.js";
import type { World } from "./world.js";

type Performance<Name extends StepName> = (
  world: World,
  step: Extract<Step, { does: Name }>,
) => void;

/** How a step changes the world; what the guarantees leave out does not happen. */
const performances: { [Name in StepName]: Performance<Name> } = {
  refresh: (world, { tab }) => {
    world.leave(tab % world.client.tabs);
  },
  "refresh promptly": (world, { tab }) => {
    const ask = world.client.ask(tab % world.client.tabs, world.now);
    if (!rotatesTooOften(world, ask)) world.refresh(ask.tab);
  },
  "request arrives": (world, { pick, twice }) => {
    const ask = world.network.takeAsk(pick, twice);
    if (ask && !rotatesTooOften(world, ask)) world.arrive(ask);
  },
  "request is lost": ({ network }, { pick }) => {
    network.takeAsk(pick);
  },
  "answer lands": (world, { pick, twice }) => {
    const reply = world.network.takeReply(pick, twice);
    if (reply && !setsJarTooFarBack(world, reply)) world.land(reply);
  },
  "answer is lost": ({ network }, { pick }) => {
    network.takeReply(pick);
  },
  "tab crashes": (world, { tab }) => world.crash(tab % world.client.tabs),
  "time passes": (world, { ms }) => world.wait(ms),
  "fail-over": (world, { lostWrites }) => {
    if (!meetsJarSetBack(world)) world.failOver(lostWrites);
  },
  "power cut": (world) => {
    if (!leavesJarTooOld(world)) world.powerCut();
  },
  "thief refreshes": (world, { keys }) => {
    world.theft(keys);
  },
  "thief refreshes with a new key": (world, { keys }) => {
    world.theft(keys);
  },
};

export function perform(world: World, step: Step): void {
  const performance = performances[step.does] as Performance<StepName>;
  performance(world, step);
}
