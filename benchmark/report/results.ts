import type { Costs } from "../measures/costs.js";
import type { GrowthFigures } from "../measures/growth.js";
import type { RevocationFigures } from "../measures/revocation.js";
import type { Figures } from "../measures/rounds.js";
import type { StartFigures } from "../measures/start.js";
import type { StormFigures } from "../measures/storm.js";
import type { Measure } from "../options.js";

/** All of a run; a part that was not measured is absent. */
export interface Results {
  /** When, where and by what each part was measured. */
  circumstances: Partial<Record<Measure, string>>;
  requests?: Figures;
  costs?: Costs;
  start?: StartFigures;
  storm?: StormFigures;
  growth?: GrowthFigures;
  revocation?: RevocationFigures;
}
