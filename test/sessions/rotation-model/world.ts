import type { RotationWindows } from "../../../src/sessions/rotation.js";
import { HonestClient, type Transport } from "./honest-client.js";
import { describeAnswer, describeRequest, type RefreshAnswer } from "./messages.js";
import { type Ask, Network, type Reply } from "./network.js";
import { defaultWindows, ModelServer } from "./server.js";
import { Thief, type ThiefKeys } from "./thief.js";

const start = Date.UTC(2026, 0, 1);

export interface WorldOptions {
  transport: Transport;
  tabs?: number;
  windows?: RotationWindows;
}

/** A server, a client, the network between them, perhaps a thief; and what has happened so far. */
export class World {
  now = start;
  readonly server: ModelServer;
  readonly client: HonestClient;
  readonly network: Network;
  readonly story: string[] = [];
  private thief: Thief | undefined;
  /** In which order new tokens were given since the last fail-over: V the victim's, T the thief's. */
  gains = "";
  private newestOfVictim = 0;

  constructor({ transport, tabs = 1, windows = defaultWindows }: WorldOptions) {
    this.server = new ModelServer(this.now, transport, windows);
    this.client = new HonestClient(transport, tabs);
    this.network = new Network(defaultWindows.lateWindowSeconds * 1000);
  }

  tell(what: string): void {
    this.story.push(`${(this.now - start) / 1000} s: ${what}`);
  }

  wait(ms: number): void {
    this.now += ms;
    this.network.loseWhatIsTooOld(this.now);
  }

  /** A tab's request goes under way. */
  leave(tab = 0): Ask {
    const ask = this.client.ask(tab, this.now);
    this.network.asks.push(ask);
    this.tell(`tab ${tab} sends ${describeRequest(ask.request)}`);
    return ask;
  }

  /** The server takes a request; the answer goes under way. */
  arrive(ask: Ask): Reply {
    const reply = { ask, answer: this.server.answer(ask.request, this.now) };
    this.tell(`${describeRequest(ask.request)} → ${describeAnswer(reply.answer)}`);
    this.network.replies.push(reply);
    this.noteVictim(reply.answer);
    return reply;
  }

  land(reply: Reply): void {
    if (!this.client.isOpen(reply.ask)) return;
    this.client.takeCookie(reply);
    this.client.read(reply);
    this.tell(`tab ${reply.ask.tab} reads ${describeAnswer(reply.answer)}`);
  }

  /** The browser has taken the cookie; the page closes before its script reads the answer. */
  landOnClosingPage(reply: Reply): void {
    this.client.takeCookie(reply);
    this.crash(reply.ask.tab);
  }

  crash(tab: number): void {
    this.client.crash(tab);
    this.tell(`tab ${tab} crashes; the jar holds ${this.client.jar}`);
  }

  powerCut(): void {
    this.network.loseEverything();
    this.client.powerCut();
    this.tell(`power cut: the jar holds ${this.client.jar}`);
  }

  failOver(lostWrites: number): void {
    this.server.failOver(lostWrites);
    this.gains = "";
    this.newestOfVictim = this.server.row.generation;
    this.tell(`fail-over: the row is at ${this.server.row.generation}`);
  }

  /** A refresh of which nothing is lost; other messages stay where they are. */
  refresh(tab = 0): RefreshAnswer {
    const ask = this.leave(tab);
    this.network.asks.pop();
    const reply = this.arrive(ask);
    this.network.replies.pop();
    this.land(reply);
    return reply.answer;
  }

  /** The thief gets a copy of the token, or of a request as it leaves, keys included. */
  steal(what: "token" | "token and pending key"): void {
    const loot = what === "token" ? { generation: this.client.holds } : this.leave().request;
    this.thief = new Thief(loot);
    this.tell(`a thief copies ${describeRequest(loot)}`);
  }

  /** The thief refreshes; his own network is perfect. */
  theft(keys: ThiefKeys): RefreshAnswer | undefined {
    if (this.thief === undefined) return undefined;
    const request = this.thief.request(keys);
    const answer = this.server.answer(request, this.now);
    this.thief.read(answer);
    if (answer.kind === "token" && !this.gains.endsWith("T")) this.gains += "T";
    this.tell(`thief: ${describeRequest(request)} → ${describeAnswer(answer)}`);
    return answer;
  }

  private noteVictim(answer: RefreshAnswer): void {
    if (answer.kind !== "token" || answer.generation <= this.newestOfVictim) return;
    this.newestOfVictim = answer.generation;
    this.gains += "V";
  }
}
