import type { Pool } from "pg";
import type { DataSource } from "typeorm";
import type { PostgresDataSourceOptions } from "typeorm/driver/postgres/PostgresDataSourceOptions.js";
import type { PostgresDriver } from "typeorm/driver/postgres/PostgresDriver.js";

/**
 * TypeORM's own connection pool. The hot ways speak to it directly: a named statement is prepared
 * once per connection, and no entity is built from the row.
 */
export const poolOf = (dataSource: DataSource): Pool =>
  (dataSource.driver as PostgresDriver).master as Pool;

/** Where it connects to; holds the password. */
export const urlOf = ({ options }: DataSource): string =>
  (options as PostgresDataSourceOptions).url ?? "";
