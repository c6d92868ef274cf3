/**
 * The columns of a table under the names of an entity's properties: the row of a hot way is then
 * the answer, and nothing is hydrated.
 */
export const columns = (table: string, fields: Record<string, string>, prefix = ""): string =>
  Object.entries(fields)
    .map(([name, column]) => `${table}.${column} AS "${prefix}${name}"`)
    .join(", ");
