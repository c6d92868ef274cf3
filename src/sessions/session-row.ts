import { type VisibleUser, visibleUserFields } from "../accounts/visible-user.js";
import { columns } from "../database/columns.js";
import type { Session } from "./session.entity.js";
import { SessionEndReason } from "./session-end-reason.js";

/** A session without what only a decision of reuse needs, which is read for that alone. */
export type VisibleSession = Omit<Session, "rotatedAt" | "retryKeyHash" | "user">;

/** A row as the driver gives it, with the database's time of the statement. */
export type SessionRow = Omit<VisibleSession, "current" | "rotations"> & { now: Date };

/** A session together with what a client may see of its user. */
export type SessionWithUserRow = SessionRow & {
  [Field in keyof VisibleUser as `user.${Field}`]: VisibleUser[Field];
};

const sessionFields = {
  id: "id",
  userId: "user_id",
  transport: "transport",
  generation: "generation",
  device: "device",
  userAgent: "user_agent",
  amr: "amr",
  createdAt: "created_at",
  createdByIp: "created_by_ip",
  lastUsedAt: "last_used_at",
  lastUsedByIp: "last_used_by_ip",
  expiresAt: "expires_at",
  absoluteExpiresAt: "absolute_expires_at",
  endedAt: "ended_at",
  endedByIp: "ended_by_ip",
  endReason: "end_reason",
} satisfies Record<Exclude<keyof SessionRow, "now">, string>;

/** What `toSession` reads, of a table `sessions s`. */
export const sessionColumns = `${columns("s", sessionFields)}, clock_timestamp() AS now`;

/** What `toSession` and `toUser` read, of tables `sessions s` and `users u`. */
export const sessionAndUserColumns = `${sessionColumns}, ${columns("u", visibleUserFields, "user.")}`;

/** Still good for a refresh, by the database's clock; of a table `sessions s`. */
export const isLiving = `s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND s.absolute_expires_at > clock_timestamp()`;

const earlier = (a: Date, b: Date) => (a < b ? a : b);

/** Nobody writes down that a session has expired: the row says it by itself. */
function ending(row: SessionRow): Pick<VisibleSession, "endedAt" | "endReason" | "endedByIp"> {
  const expiry = earlier(row.expiresAt, row.absoluteExpiresAt);
  if (expiry > (row.endedAt ?? row.now)) return row;
  return { endedAt: expiry, endReason: SessionEndReason.EXPIRED, endedByIp: null };
}

export const toSession = (row: SessionRow, currentSessionId: string): VisibleSession => ({
  ...row,
  ...ending(row),
  current: row.id === currentSessionId,
  rotations: Number(row.generation),
});

export const toUser = (row: SessionWithUserRow): VisibleUser => ({
  id: row["user.id"],
  email: row["user.email"],
  emailVerified: row["user.emailVerified"],
  username: row["user.username"],
  firstName: row["user.firstName"],
  lastName: row["user.lastName"],
  avatarUrl: row["user.avatarUrl"],
  role: row["user.role"],
  createdAt: row["user.createdAt"],
  updatedAt: row["user.updatedAt"],
});
