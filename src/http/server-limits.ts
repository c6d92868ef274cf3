/** Sizes in bytes, times in milliseconds. */
export interface ServerLimits {
  /** Of a body; larger ones are answered 413. */
  bodyBytes: number;
  /** Of the request line and all headers together; larger ones are answered 431. */
  headerBytes: number;
  /** From the connection, or the first byte, to the end of the headers; slower ones get 408. */
  headersTimeout: number;
  /** To the end of the body; slower ones get 408. */
  requestTimeout: number;
  /** How often the two are looked after. */
  checkingInterval: number;
  /** How long a connection may wait for its next request. */
  keepAliveTimeout: number;
  /** How long nothing may move on a connection while an answer is still to be read. */
  silence: number;
  /** Open at once; one more is closed without an answer. */
  connections: number;
  /** Mean delay of the event loop within a second above which requests are shed; 0 switches off. */
  eventLoopDelay: number;
  /** Used part of the largest heap above which requests are shed; 0 switches off. */
  heapShare: number;
  /** WebSockets open at once; who wants one more is told to come again. */
  sockets: number;
  /** Of a message on a WebSocket; a larger one closes it. */
  socketBytes: number;
  /** How long a WebSocket has to say who it is. */
  socketInit: number;
  /** How often a WebSocket is asked for a sign of life; without one it is closed at the next time. */
  socketPing: number;
  /** Messages that a WebSocket may send between two of these. */
  socketMessages: number;
  /** Bytes that wait for a WebSocket to read them; more close it. */
  socketBacklog: number;
  /** How long open connections are given to end with an answer, once we are asked to stop. */
  drainGrace: number;
}

/** What one client may take of us before anybody looks at what it wants. */
export const serverLimits: ServerLimits = {
  // The largest honest request, a registration with every field full, has some 10 kB.
  bodyBytes: 100_000,
  headerBytes: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  checkingInterval: 2_000,
  // Longer than the 60 s of common load balancers, so that they close first.
  keepAliveTimeout: 65_000,
  // Longer than a wait for the next request, and than a phone in a tunnel.
  silence: 120_000,
  // An idle one costs some 10 kB and a file descriptor: keep `ulimit -n` well above.
  connections: 10_000,
  // Idle it is below 1; a refresh that waits this long behind others is better asked again.
  eventLoopDelay: 500,
  heapShare: 0.9,
  // Half of the connections: whoever only listens leaves room for those who ask.
  sockets: 5_000,
  // An access token has at most 4 kB, our one subscription less than one.
  socketBytes: 16_384,
  socketInit: 3_000,
  // Shorter than the 60 s after which common load balancers close what is silent.
  socketPing: 25_000,
  socketMessages: 100,
  socketBacklog: 65_536,
  drainGrace: 1_000,
};
