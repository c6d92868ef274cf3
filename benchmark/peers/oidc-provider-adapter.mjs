// @ts-nocheck: its packages are not those of the root, and seldom installed.
import pg from "pg";

/**
 * Stores what oidc-provider issues, as its documented adapters do: one table, a row for each thing,
 * the payload as JSON beside the columns that something is found by. Each method is one statement,
 * named, so that PostgreSQL parses it once for a connection.
 */
const table = `
  CREATE TABLE oidc_payloads (
    model text NOT NULL,
    id text NOT NULL,
    payload jsonb NOT NULL,
    grant_id text,
    user_code text,
    uid text,
    expires_at timestamptz,
    consumed_at timestamptz,
    PRIMARY KEY (id, model)
  );
  CREATE INDEX ON oidc_payloads (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX ON oidc_payloads (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX ON oidc_payloads (uid) WHERE uid IS NOT NULL;`;

const columns = "payload, extract(epoch FROM consumed_at)::int AS consumed";

const statements = {
  upsert: `
    INSERT INTO oidc_payloads (model, id, payload, grant_id, user_code, uid, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
    ON CONFLICT (id, model) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
      user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`,
  find: `SELECT ${columns} FROM oidc_payloads WHERE model = $1 AND id = $2`,
  findByUserCode: `SELECT ${columns} FROM oidc_payloads WHERE model = $1 AND user_code = $2`,
  findByUid: `SELECT ${columns} FROM oidc_payloads WHERE model = $1 AND uid = $2`,
  consume: "UPDATE oidc_payloads SET consumed_at = now() WHERE model = $1 AND id = $2",
  destroy: "DELETE FROM oidc_payloads WHERE model = $1 AND id = $2",
  revokeByGrantId: "DELETE FROM oidc_payloads WHERE model = $1 AND grant_id = $2",
};

/** @returns the class that oidc-provider makes an adapter of for each of its models */
export async function createAdapter(connectionString, connections) {
  const pool = new pg.Pool({ connectionString, max: connections });
  await pool.query(table);

  const run = (name, ...values) => pool.query({ name, text: statements[name], values });
  const read = async (name, ...values) => {
    const [row] = (await run(name, ...values)).rows;
    return row && { ...row.payload, ...(row.consumed && { consumed: row.consumed }) };
  };

  return class Adapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload, expiresIn) {
      const { grantId, userCode, uid } = payload;
      await run("upsert", this.model, id, payload, grantId, userCode, uid, expiresIn);
    }

    find(id) {
      return read("find", this.model, id);
    }

    findByUserCode(userCode) {
      return read("findByUserCode", this.model, userCode);
    }

    findByUid(uid) {
      return read("findByUid", this.model, uid);
    }

    async consume(id) {
      await run("consume", this.model, id);
    }

    async destroy(id) {
      await run("destroy", this.model, id);
    }

    async revokeByGrantId(grantId) {
      await run("revokeByGrantId", this.model, grantId);
    }
  };
}
