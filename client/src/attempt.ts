import { answerWaitMs, type Tabs } from "./channel.js";
import { refreshDocument } from "./documents.js";
import { GatehouseError, hasCode } from "./errors.js";
import type { Alone } from "./lock.js";
import {
  type RecordStore,
  type SharedRecord,
  sameMarker,
  withAnswer,
  withRetryKey,
} from "./record.js";
import { type Endpoint, post } from "./request.js";
import { isUsable, type State } from "./state.js";
import type { AuthPayload } from "./types.js";

/** What the keeper is made of; built once. */
export interface Parts {
  /** One at a time among the tabs. */
  alone: Alone;
  cookie: boolean;
  endpoint: Endpoint;
  records: RecordStore;
  state: State;
  tabs: Tabs;
  /** Takes a token into this tab, and hands it to the others unless it is from them (`ageMs`). */
  adopt(payload: AuthPayload, ageMs?: number): void;
  /** Resolves after the time, or when a token was adopted. */
  pause(ms: number): Promise<void>;
}

/** Whether there is a token to go on with that is not the old one. */
export const isRenewed = ({ held }: State, old: string | undefined): boolean =>
  isUsable(held) && held.payload.accessToken !== old;

/** The session is over, by a definite word: all tabs that hold it learn it from the record. */
export async function end({ records, state }: Parts, { session }: SharedRecord): Promise<void> {
  await records.write(session === undefined ? {} : { session, ended: true });
  state.signedOut(session === undefined);
}

/**
 * One try at a new access token, alone among the tabs: from a tab that was faster, else from the
 * service. On return there is one, or this tab is signed out.
 * @throws {GatehouseError} when it is worth asking again.
 */
export async function attempt(parts: Parts, old: string | undefined): Promise<void> {
  const { cookie, endpoint, records, state, tabs } = parts;
  if (isRenewed(state, old)) return;
  if (isNewer(parts, await records.read())) {
    tabs.ask();
    await parts.pause(answerWaitMs);
    if (isRenewed(state, old)) return;
    tabs.forgetOthers();
  }
  const record = await records.read();
  const heldSession = state.held?.payload.session.id;
  const isKnown = heldSession === record.session || state.current.status === "signedOut";
  if (record.ended && isKnown) return state.signedOut();
  if (!cookie && !record.token) return end(parts, heldSession ? { session: heldSession } : {});
  await rotate(parts, ({ token, pending, previous }) =>
    post(endpoint, refreshDocument, {
      refreshToken: token,
      retryKey: pending,
      previousRetryKey: previous,
    }),
  );
}

/**
 * Asks for the next token with a retry key that is stored before, and stores what is answered: the
 * client rules. To be run alone among the tabs.
 * @param ask its data has one field, an AuthPayload
 */
export async function rotate(
  parts: Parts,
  ask: (sent: SharedRecord) => Promise<Record<string, AuthPayload>>,
): Promise<void> {
  const { cookie, records } = parts;
  const record = await records.read();
  const sent = withRetryKey(record.ended ? {} : record, cookie);
  await records.write(sent);
  const data = await ask(sent).catch((error: GatehouseError) => refused(parts, sent, error));
  for (const payload of Object.values(data ?? {})) await accept(parts, sent, payload);
}

/** Another tab has refreshed or signed in; at the start, another tab may hold the token already. */
function isNewer({ state: { held }, tabs }: Parts, record: SharedRecord): boolean {
  if (record.session === undefined || record.ended) return false;
  if (!held) return tabs.hasOthers();
  const { id, rotations } = held.payload.session;
  return record.session !== id || (record.rotations ?? 0) > rotations;
}

/** Another tab signed in, out or refreshed while this one asked: look again. */
const overtaken = () =>
  new GatehouseError("OVERLOADED", "Another tab was faster.", { retryAfter: 0.1 });

async function accept(parts: Parts, sent: SharedRecord, payload: AuthPayload): Promise<void> {
  const { records } = parts;
  const now = await records.read();
  const next = withAnswer(now, sent, payload);
  if (next) await records.write(next);
  else if (now.session !== payload.session.id || now.ended) throw overtaken();
  parts.adopt(payload);
}

/** Only INVALID_REFRESH_TOKEN signs out, and only if what was refused is still what storage holds. */
async function refused(
  parts: Parts,
  sent: SharedRecord,
  error: GatehouseError,
): Promise<undefined> {
  const now = await parts.records.read();
  const isCurrent = sameMarker(now, sent);
  if (hasCode(error, "INVALID_REFRESH_TOKEN")) {
    if (!isCurrent) throw overtaken();
    return void (await end(parts, now));
  }
  const cookieUnchanged = !(error.details as { cut?: boolean }).cut;
  if (isCurrent && cookieUnchanged) await parts.records.write({ ...now, inFlight: false });
  throw error;
}
