import type { Pool } from "pg";
import type { RevocationMemory } from "./load.js";

/** What an access token says that may no longer be so. */
export interface Pass {
  sessionId: string;
  userId: string;
  role: string;
}

/** Why a genuine token is refused all the same: its session is over, or it names a former role. */
export type Revoked = "SESSION_ENDED" | "EXPIRED";

/** From memory alone; the whole truth while the feed hears. */
export function revokedInMemory(
  { endedSessions, changedRoles }: RevocationMemory,
  { sessionId, userId, role }: Pass,
): Revoked | undefined {
  if (endedSessions.has(sessionId)) return "SESSION_ENDED";
  // The client refreshes, and its next token names the new role.
  return changedRoles.isOutdated(userId, role) ? "EXPIRED" : undefined;
}

const standingStatement = {
  name: "read-standing",
  text: `SELECT s.ended_at IS NULL AS living, u.role
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1`,
};

/**
 * What a deaf replica asks at every bearer check. What it remembers counts all the same: the
 * database may just have lost it in a fail-over.
 * @throws whatever the database says; nothing was found out then, and nobody is let in
 */
export async function revokedInDatabase(
  pool: Pool,
  memory: RevocationMemory,
  pass: Pass,
): Promise<Revoked | undefined> {
  const remembered = revokedInMemory(memory, pass);
  if (remembered === "SESSION_ENDED") return remembered;
  const { rows } = await pool.query<{ living: boolean; role: string }>({
    ...standingStatement,
    values: [pass.sessionId],
  });
  const [row] = rows;
  if (row === undefined || !row.living) return "SESSION_ENDED";
  return row.role === pass.role ? undefined : "EXPIRED";
}
