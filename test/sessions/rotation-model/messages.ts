/** In the model a generation stands for its token, and words for keys. */
export interface RefreshRequest {
  generation: number;
  retryKey?: string;
  previousRetryKey?: string;
}

export type RefreshAnswer =
  | { kind: "token"; generation: number }
  /** OVERLOADED: nothing was decided. */
  | { kind: "later" }
  /** INVALID_REFRESH_TOKEN: signed out. */
  | { kind: "refused" };

export function describeRequest({ generation, retryKey, previousRetryKey }: RefreshRequest) {
  const previous = previousRetryKey === undefined ? "" : `, previously ${previousRetryKey}`;
  return `(${generation}, ${retryKey ?? "no key"}${previous})`;
}

export const describeAnswer = (answer: RefreshAnswer) =>
  answer.kind === "token" ? String(answer.generation) : answer.kind;
