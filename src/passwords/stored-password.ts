/** As the row of a user has it. */
export interface StoredPassword {
  hash: string;
  /** Null for a plain bcrypt hash that was brought along from another system. */
  pepperId: string | null;
}

/** bcrypt as all common libraries write it; a cost above 16 would hold a worker for many seconds. */
const shape = /^\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/;

/** @returns undefined for a hash that is damaged or of another kind */
export function costOf({ hash }: StoredPassword): number | undefined {
  const cost = shape.exec(hash)?.[1];
  return cost === undefined ? undefined : Number(cost);
}
