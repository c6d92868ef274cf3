import { elapsedMs } from "./clock.js";
import { getItem, setItem } from "./local-storage.js";
import type { Held } from "./state.js";
import type { AuthPayload } from "./types.js";

/** Longer than a busy tab takes to answer; a page waits for it only where it saw another open. */
export const answerWaitMs = 400;

/** An access token with what came along, as tabs hand it to each other: by message, never by storage. */
interface HandOver {
  payload: AuthPayload;
  /** Its age when it was handed over, and the wall clock then: a frozen tab may read it hours later. */
  ageMs: number;
  sentAtMs: number;
}

export interface Tabs {
  /** To all other tabs. */
  handOver(held: Held): void;
  /** Asks the other tabs for the token they hold. */
  ask(): void;
  /** Whether there may be another tab to answer. */
  hasOthers(): boolean;
  /** Nobody answered: do not wait for them again. */
  forgetOthers(): unknown;
  /** This page is shown (again), or goes away. */
  open(): void;
  close(): void;
}

interface Listeners {
  onAsked(): void;
  onHandOver(payload: AuthPayload, ageMs: number): void;
}

/** The other tabs of this origin, as far as storage is shared and the browser lets them be seen. */
export function connectTabs(
  name: string,
  shared: boolean,
  { onAsked, onHandOver }: Listeners,
): Tabs {
  const isConnected = shared && typeof BroadcastChannel !== "undefined";
  const list = tabList(`${name}:tabs`);
  let channel: BroadcastChannel | undefined;
  const send = (message: HandOver | null) => channel?.postMessage(message);
  return {
    handOver: ({ payload, received }) =>
      send({ payload, ageMs: elapsedMs(received), sentAtMs: Date.now() }),
    ask: () => send(null),
    hasOthers: () => isConnected && list.hasOthers(),
    forgetOthers: () => isConnected && list.forgetOthers(),
    open() {
      if (!isConnected) return;
      list.join();
      channel ??= new BroadcastChannel(name);
      channel.onmessage = ({ data }: MessageEvent<HandOver | null>) =>
        data
          ? onHandOver(data.payload, data.ageMs + Math.max(0, Date.now() - data.sentAtMs))
          : onAsked();
    },
    close() {
      if (channel) list.leave();
      channel?.close();
      channel = undefined;
    },
  };
}

/** Who is open, as a hint: a wrong entry costs `answerWaitMs` once, a missing one a refresh. */
function tabList(key: string) {
  const mine = Math.random().toString(36).slice(2);
  const others = () => (getItem(key) ?? "").split(" ").filter((tab) => tab && tab !== mine);
  return {
    hasOthers: () => others().length > 0,
    forgetOthers: () => setItem(key, mine),
    join: () => setItem(key, [...others(), mine].join(" ")),
    leave: () => setItem(key, others().join(" ")),
  };
}
