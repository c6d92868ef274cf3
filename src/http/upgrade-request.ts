import { IncomingMessage } from "node:http";

const pathOf = (url = "") => url.split(/[?#]/, 1)[0];

/**
 * A request as Node hands it on, of which only one that asks for a WebSocket, and at its address,
 * leaves HTTP. As soon as anybody listens for upgrades, Node takes every request with an Upgrade
 * field for one, and some clients offer h2c with each: Java's does. What is offered and not wanted is
 * answered as if it were not there (RFC 9110 section 7.8).
 */
export class UpgradeRequest extends IncomingMessage {
  private offered = false;

  /** Set by the parser; asked by the server once the header is read. */
  get upgrade(): boolean {
    return this.offered && (this.method === "CONNECT" || this.wantsSocket);
  }

  set upgrade(offered: boolean | null) {
    this.offered = offered === true;
  }

  private get wantsSocket(): boolean {
    const { method, url, headers } = this;
    const isSocket = headers.upgrade?.toLowerCase() === "websocket";
    return isSocket && method === "GET" && pathOf(url) === "/graphql";
  }
}
