import { Client } from "pg";

/** How many characters of a needle are looked up at once. */
const keyLength = 8;

type Needles = ReadonlyMap<string, readonly string[]>;

const hex = (text: string) => Buffer.from(text).toString("hex");

/** What a base64url token says when it is read, with or without a prefix such as `gate_`. */
function decoded(secret: string): string[] {
  return secret
    .replace(/^[a-z]+_/, "")
    .split(".")
    .filter((part) => /^[A-Za-z0-9_-]{16,}$/.test(part))
    .map((part) => Buffer.from(part, "base64url").toString("hex"));
}

/** A row as text shows bytes in hex, so each spelling is looked for as text and as bytes. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const texts = [
    secret,
    ...(["hex", "base64", "base64url"] as const).map((e) => bytes.toString(e)),
  ];
  return [...texts, ...texts.map(hex), ...decoded(secret)];
}

/** @param secrets each of `keyLength` characters or more */
export function makeNeedles(secrets: readonly string[]): Needles {
  const needles = new Map<string, string[]>();
  for (const needle of new Set(secrets.flatMap(spellings))) {
    const key = needle.slice(0, keyLength);
    const alike = needles.get(key);
    if (alike === undefined) needles.set(key, [needle]);
    else alike.push(needle);
  }
  return needles;
}

function holdsNeedle(text: string, needles: Needles): boolean {
  for (let at = 0; at + keyLength <= text.length; at++) {
    const found = needles.get(text.slice(at, at + keyLength));
    if (found?.some((needle) => text.startsWith(needle, at))) return true;
  }
  return false;
}

const tablesQuery = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name,
         array_agg(format('%I', a.attname) ORDER BY a.attnum)::text[] AS columns
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   GROUP BY 1 ORDER BY 1`;

async function texts(client: Client, expression: string, table: string): Promise<string[]> {
  const { rows } = await client.query({
    text: `SELECT (${expression})::text FROM ${table} AS t`,
    rowMode: "array",
  });
  return rows.map(([text]) => text ?? "");
}

async function leakyColumns(
  client: Client,
  table: { name: string; columns: string[] },
  needles: Needles,
): Promise<string[]> {
  const leaky: string[] = [];
  for (const column of table.columns) {
    const values = await texts(client, `t.${column}`, table.name);
    if (values.some((text) => holdsNeedle(text, needles))) leaky.push(`${table.name}.${column}`);
  }
  return leaky;
}

/**
 * Reads every row of every table of a database and looks for secrets in it.
 *
 * @returns the columns that hold one, and how many rows were read
 */
export async function findLeaks(
  url: string,
  needles: Needles,
): Promise<{ columns: string[]; rows: number }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const columns: string[] = [];
    let rows = 0;
    for (const table of (await client.query(tablesQuery)).rows) {
      const read = await texts(client, "t", table.name);
      rows += read.length;
      if (read.some((text) => holdsNeedle(text, needles)))
        columns.push(...(await leakyColumns(client, table, needles)));
    }
    return { columns, rows };
  } finally {
    await client.end();
  }
}
