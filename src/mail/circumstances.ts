import type { Clock } from "../clock.js";
import { describeDevice } from "../sessions/device.js";
import type { Visitor } from "../visitor.js";
import type { Circumstances } from "./letter.js";

/** What a mail says about who caused it: never a name that they gave themselves. */
export const circumstancesOf = ({ clock }: { clock: Clock }, visitor: Visitor): Circumstances => ({
  device: describeDevice(null, visitor.userAgent),
  ip: visitor.ip,
  at: new Date(clock.now()).toISOString(),
});
