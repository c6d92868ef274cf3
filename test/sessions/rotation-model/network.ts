import type { RefreshAnswer, RefreshRequest } from "./messages.js";

/** A request of one page of the client, and who will read its answer. */
export interface Ask {
  request: RefreshRequest;
  tab: number;
  /** Which life of the tab: after a crash nobody reads what the page before asked for. */
  life: number;
  /** The client's marker at that time; in cookie transport the jar may have held another token. */
  marker: number;
  leftAt: number;
}

export interface Reply {
  ask: Ask;
  answer: RefreshAnswer;
}

/**
 * Messages under way, in no order: whoever drives the model delivers, loses and doubles them.
 * Nothing is under way for as long as the late window, counted from the request's departure; any
 * real time-out is shorter.
 */
export class Network {
  asks: Ask[] = [];
  replies: Reply[] = [];

  constructor(private readonly longestWayMs: number) {}

  /** A copy stays under way when `keep` says so. */
  takeAsk(pick: number, keep = false): Ask | undefined {
    return take(this.asks, pick, keep);
  }

  takeReply(pick: number, keep = false): Reply | undefined {
    return take(this.replies, pick, keep);
  }

  loseWhatIsTooOld(now: number): void {
    const isYoung = ({ leftAt }: Ask) => now - leftAt < this.longestWayMs;
    this.asks = this.asks.filter(isYoung);
    this.replies = this.replies.filter(({ ask }) => isYoung(ask));
  }

  loseEverything(): void {
    this.asks = [];
    this.replies = [];
  }
}

function take<Message>(messages: Message[], pick: number, keep: boolean): Message | undefined {
  if (messages.length === 0) return undefined;
  const index = pick % messages.length;
  return keep ? messages[index] : messages.splice(index, 1)[0];
}
