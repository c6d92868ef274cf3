/** The decision of the service's refresh, as published: the keeper is tried against it. */
export interface SessionRow {
  generation: number;
  /** Hash of the key of the last rotation; the key itself will do here. */
  key?: string;
  /** When each generation was rotated, in milliseconds; a jump leaves gaps. */
  rotatedAtMs: Map<number, number>;
  ended: boolean;
}

export type Decision = "ROTATE" | "REPLAY" | "OVERLOADED" | "REUSE" | "ENDED";

export interface Presented {
  generation: number;
  retryKey?: string | null;
  previousRetryKey?: string | null;
}

export const newRow = (): SessionRow => ({ generation: 0, rotatedAtMs: new Map(), ended: false });

const tabWindowMs = 10_000;
const lateWindowMs = 60_000;

/** Decides and carries out. */
export function present(row: SessionRow, presented: Presented, nowMs: number): Decision {
  const { generation, retryKey } = presented;
  if (row.ended) return "ENDED";
  if (generation >= row.generation) {
    row.rotatedAtMs.set(generation, nowMs);
    row.key = retryKey === row.key ? undefined : (retryKey ?? undefined);
    row.generation = generation + 1;
    return "ROTATE";
  }
  if (isReplay(row, presented, nowMs)) return "REPLAY";
  const lostAtMs = row.rotatedAtMs.get(
    generation === row.generation - 1 ? generation : generation + 1,
  );
  if (lostAtMs !== undefined && nowMs - lostAtMs <= lateWindowMs) return "OVERLOADED";
  row.ended = true;
  return "REUSE";
}

function isReplay(row: SessionRow, presented: Presented, nowMs: number): boolean {
  if (presented.generation !== row.generation - 1) return false;
  const { retryKey, previousRetryKey } = presented;
  if (row.key !== undefined) return row.key === retryKey || row.key === previousRetryKey;
  return nowMs - (row.rotatedAtMs.get(presented.generation) ?? 0) <= tabWindowMs;
}
