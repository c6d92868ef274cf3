const hour = 3_600_000;
const day = 24 * hour;

/** How long a key signs: long enough for caches, short enough that a quiet leak ends by itself. */
const signingMilliseconds = 30 * day;
/**
 * How long a key is published before it signs. Other services keep the JWKS for minutes and our
 * replicas read their keys every five; a day also outlasts a replica that cannot read for hours.
 */
const leadMilliseconds = day;
/** How long a key is published after it signed: ACCESS_TOKEN_TTL is at most a day, then a margin. */
const tailMilliseconds = day + hour;

/** What the schedule needs to know of a key. */
export interface ScheduledKey {
  kid: string;
  signsFrom: Date;
  /** A secret of ours opens it. */
  usable: boolean;
}

export interface KeyPlan {
  /** Make a key that signs from then on. */
  makeFrom?: Date;
  /** The kids of the keys that no living token was signed with. */
  retire: string[];
}

const later = (date: Date, milliseconds: number) => new Date(date.getTime() + milliseconds);
const latest = (...dates: Date[]) => new Date(Math.max(...dates.map(Number)));

function nextKeyFrom(usable: readonly ScheduledKey[], now: Date): Date | undefined {
  // With nothing to sign with there is no time to publish first.
  if (usable.length === 0) return now;
  const due = later(latest(...usable.map(({ signsFrom }) => signsFrom)), signingMilliseconds);
  const soonest = later(now, leadMilliseconds);
  return due <= soonest ? soonest : undefined;
}

/**
 * What is to be done about the signing keys: one signs, the next is published a day before its
 * time, the last one until its tokens have expired (OpenID Connect Core section 10.1.1).
 *
 * @param now by the database's clock
 */
export function planKeys(keys: readonly ScheduledKey[], now: Date): KeyPlan {
  const usable = keys.filter((key) => key.usable);
  const successors = usable.filter(({ signsFrom }) => later(signsFrom, tailMilliseconds) <= now);
  const isSucceeded = (key: ScheduledKey) =>
    successors.some(({ signsFrom }) => signsFrom > key.signsFrom);
  return {
    makeFrom: nextKeyFrom(usable, now),
    retire: keys.filter(isSucceeded).map(({ kid }) => kid),
  };
}
