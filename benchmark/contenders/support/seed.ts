import { randomUUID } from "node:crypto";
import { Client } from "pg";

/** One living session. */
export interface Seeded {
  sessionId: string;
  userId: string;
}

export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Rows as a registration and sign-ins leave them. */
const insert = `
  WITH made AS (
    INSERT INTO users (id, email, password_hash, pepper_id)
    SELECT gen_random_uuid(), $1 || n || '@example.com', coalesce($4, 'none'), $5
    FROM generate_series(1, $2::int) n RETURNING id
  )
  INSERT INTO sessions (id, user_id, transport, device, user_agent, created_at, created_by_ip,
    last_used_at, last_used_by_ip, expires_at, absolute_expires_at)
  SELECT gen_random_uuid(), made.id, 'BODY', 'Firefox on Linux',
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', clock_timestamp(),
    '192.0.2.1', clock_timestamp(), '192.0.2.1', clock_timestamp() + interval '30 days',
    clock_timestamp() + interval '180 days'
  FROM made, generate_series(1, $3::int)
  RETURNING id AS "sessionId", user_id AS "userId"`;

export interface Seeds {
  users: number;
  /** Each. */
  sessions: number;
  /** Otherwise nobody knows their password. */
  password?: { hash: string; pepperId: string | null };
}

export async function seed(
  client: Client,
  { users, sessions, password }: Seeds,
): Promise<Seeded[]> {
  const { rows } = await client.query<Seeded>(insert, [
    randomUUID(),
    users,
    sessions,
    password?.hash ?? null,
    password?.pepperId ?? null,
  ]);
  return rows;
}

/** Sessions from all over a table that was filled before; none where it is empty. */
export async function sample(client: Client, count: number): Promise<Seeded[]> {
  const { rows } = await client.query<Seeded>(
    `SELECT id AS "sessionId", user_id AS "userId" FROM sessions
     TABLESAMPLE BERNOULLI (least(100, 100 * 2 * $1::float8 /
       (SELECT greatest(1, reltuples) FROM pg_class WHERE oid = 'sessions'::regclass)))
     ORDER BY random() LIMIT $1`,
    [count],
  );
  return rows;
}
