import validator from "validator";
import type { Member } from "../caller.js";
import { badUserInput } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import type { Activity } from "./activity.entity.js";
import type { ActivityConnection } from "./activity-connection.js";

const largestPage = 100;

/** A place in the history: microseconds, which a Date does not have, and the id of the entry. */
interface Place {
  at: string;
  id: string;
}

type Row = Activity & { place: string };

/** Walks the index backwards from a place: a page costs its own rows, however long the history. */
const pageStatement = {
  name: "list-activities",
  text: `
    SELECT id, user_id AS "userId", kind, at, ip, device, session_id AS "sessionId",
      (extract(epoch FROM at) * 1000000)::bigint::text AS place
    FROM activities
    WHERE user_id = $1
      AND (at, id) < (coalesce(to_timestamp(0) + $2::bigint * interval '1 microsecond', 'infinity'),
        coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
    ORDER BY at DESC, id DESC LIMIT $4`,
};

const cursorOf = ({ place, id }: Row) => Buffer.from(`${place} ${id}`).toString("base64url");

/** @throws {AuthError} BAD_USER_INPUT for what is no cursor of ours */
function openCursor(cursor: string): Place {
  const [at = "", id = "", ...rest] = Buffer.from(cursor, "base64url").toString().split(" ");
  if (cursor.length > 100 || !/^\d{1,17}$/.test(at) || !validator.isUUID(id) || rest.length > 0)
    throw badUserInput({ field: "after", code: "FORMAT_INVALID" });
  return { at, id };
}

/**
 * A page of the caller's history, newest first.
 * @throws {AuthError} BAD_USER_INPUT unless `first` is from 1 to 100 and `after` a cursor
 */
export async function listActivities(
  { pool }: Pick<Services, "pool">,
  { member, first, after }: { member: Member; first: number; after: string | null },
): Promise<ActivityConnection> {
  if (first < 1 || first > largestPage)
    throw badUserInput({ field: "first", code: first < 1 ? "TOO_SHORT" : "TOO_LONG" });
  const place = after === null ? undefined : openCursor(after);
  const values = [member.userId, place?.at ?? null, place?.id ?? null, first + 1];
  const { rows } = await pool.query<Row>({ ...pageStatement, values });
  const edges = rows.slice(0, first).map((row) => ({ cursor: cursorOf(row), node: row }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage: place !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
