import type { Pool } from "pg";
import { columns } from "../database/columns.js";
import type { Registration } from "./registration.entity.js";
import { registrationWaitsSeconds } from "./start-registration.js";

const fields = {
  id: "id",
  email: "email",
  username: "username",
  usernameKey: "username_key",
  firstName: "first_name",
  lastName: "last_name",
  avatarUrl: "avatar_url",
  passwordHash: "password_hash",
  pepperId: "pepper_id",
  createdAt: "created_at",
} satisfies Record<keyof Registration, string>;

/** A registration that still waits. */
export async function findRegistration(pool: Pool, id: string): Promise<Registration | undefined> {
  const { rows } = await pool.query<Registration>(
    `SELECT ${columns("r", fields)} FROM registrations r
     WHERE r.id = $1 AND r.created_at > clock_timestamp() - $2::int * interval '1 second'`,
    [id, registrationWaitsSeconds],
  );
  return rows[0];
}

/** Removes those that nobody finished. */
export async function purgeRegistrations(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM registrations WHERE id IN (
      SELECT id FROM registrations
      WHERE created_at < clock_timestamp() - $1::int * interval '1 second'
      LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
    [registrationWaitsSeconds],
  );
}
