import type { Case } from "../support/contender.js";

/** Requests without pause over so many connections, for so long. */
export interface Load {
  url: string;
  case: Case;
  /** Tokens to use: the case's seeds, or what an earlier load has left of them. */
  tokens: readonly string[];
  connections: number;
  seconds: number;
}

export interface Outcome {
  answers: number;
  seconds: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Answers that were not as the case says, and requests without an answer. */
  failed: number;
  /** One of those. */
  example?: string;
  /** For the next load. A request that was under way at the end takes its token along. */
  tokens: string[];
}

export interface LoadTool {
  /** With its version. */
  name: string;
  /** Which processor it runs on is inherited. */
  run(load: Load): Promise<Outcome>;
}

const mark = "{{token}}";

/** Whether the case has a place for a token. */
export const takesToken = ({ path, body = "", headers = {} }: Case): boolean =>
  [path, body, ...Object.values(headers)].some((text) => text.includes(mark));

/** The request with its token in place. */
export function withToken({ path, body, headers = {} }: Case, token: string) {
  const fill = (text: string) => text.replaceAll(mark, () => token);
  return {
    path: fill(path),
    body: body === undefined ? undefined : fill(body),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, fill(text)])),
  };
}
