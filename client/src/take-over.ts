import type { Parts } from "./attempt.js";
import { moment } from "./clock.js";
import { type Held, isUsable, remainingMs } from "./state.js";
import type { AuthPayload } from "./types.js";

/** Takes a token that another tab handed over, if it is of the session that storage names and better. */
export async function takeOver(parts: Parts, payload: AuthPayload, ageMs: number): Promise<void> {
  const { state, records } = parts;
  const offered: Held = { payload, received: moment(ageMs) };
  const { id, rotations } = payload.session;
  const before = await records.read();
  const { held } = state;
  if (held?.payload.accessToken === payload.accessToken) return state.userUpdated(payload.user);
  const mine = held?.payload.session;
  const fits = mine?.id === id ? rotations >= mine.rotations : before.session === id;
  if (!fits || (before.session === id && before.ended) || !isUsable(offered)) return;
  if (!isUsable(held) || mine?.id !== id || remainingMs(offered) > remainingMs(held))
    parts.adopt(payload, ageMs);
}
