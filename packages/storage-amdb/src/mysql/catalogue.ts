import { type StorageError, storageError } from "../errors.ts";
import { isSqlFailure, type SqlConnection } from "./binding.ts";
import { createTableSql, createViewSql, viewName } from "./definitions.ts";
import { judge } from "./failures.ts";
import { CONTRACTS, columnsOf, columnTypes, fixedTable, type SqlTable } from "./layout.ts";

const OURS = /^(_sys_.*|u_.*|c_contracts)$/;

/** The tables that the server has. A table comes into being with the first block that needs it. */
export class Catalogue {
  #tables = new Map<string, SqlTable>();
  readonly #onNoViews: (reason: string) => void;

  /** @param onNoViews told when the user may not make views */
  constructor(onNoViews: (reason: string) => void) {
    this.#onNoViews = onNoViews;
  }

  /** In the order of what is in them. */
  names(): readonly string[] {
    return [...this.#tables.keys()].sort();
  }

  /** Undefined = there is no such table, and so no row of it. */
  get(name: string): SqlTable | undefined {
    return this.#tables.get(name);
  }

  /** Whether the table is there with these columns. */
  has(wanted: SqlTable): boolean {
    const present = this.#tables.get(wanted.name);
    return present !== undefined && columnsOf(present).join() === columnsOf(wanted).join();
  }

  /** Reads what is there. Throws STORAGE_UNSUITABLE for a table that is not as this program makes it. */
  async load(connection: SqlConnection): Promise<void> {
    const rows = await connection.query(
      "SELECT table_name,column_name,column_type FROM information_schema.columns WHERE table_schema=DATABASE() ORDER BY table_name,ordinal_position",
    );
    const found = new Map<string, [name: string, type: string][]>();
    for (const [table, column, type] of rows.map((row) => row.map(String))) {
      if (!OURS.test(table!)) continue;
      const columns = found.get(table!) ?? [];
      columns.push([column!, type!]);
      found.set(table!, columns);
    }
    this.#tables = new Map([...found].map(([name, columns]) => [name, recognised(name, columns)]));
  }

  /**
   * Makes a table that is not there. One that is there with other columns and without a row is left over from a block
   * that was never committed, and is made anew; one with rows stays, since fields are found by their position.
   */
  async ensure(connection: SqlConnection, wanted: SqlTable): Promise<void> {
    const { name } = wanted;
    if (this.has(wanted)) return;
    if (this.#tables.has(name)) {
      if ((await connection.query(`SELECT 1 FROM \`${name}\` LIMIT 1`)).length > 0) return;
      await dropTable(connection, name);
    }
    await connection.query(createTableSql(wanted));
    await this.#createView(connection, wanted);
    this.#tables.set(name, wanted);
  }

  /** Removes all tables with their rows. */
  async clear(connection: SqlConnection): Promise<void> {
    await this.load(connection);
    for (const name of this.names()) await dropTable(connection, name);
    this.#tables = new Map();
  }

  async #createView(connection: SqlConnection, table: SqlTable): Promise<void> {
    try {
      await connection.query(createViewSql(table));
    } catch (error) {
      // People would like to see it; the group does not need it.
      const verdict = isSqlFailure(error) ? judge(error) : null;
      if (verdict?.type !== "wait" || verdict.trouble.code !== "STORAGE_DENIED") throw error;
      this.#onNoViews(verdict.trouble.message);
    }
  }
}

async function dropTable(connection: SqlConnection, name: string): Promise<void> {
  await connection.query(`DROP VIEW IF EXISTS \`${viewName(name)}\``);
  await connection.query(`DROP TABLE IF EXISTS \`${name}\``);
}

function recognised(name: string, columns: readonly (readonly [name: string, type: string])[]): SqlTable {
  const names = columns.map(([column]) => column);
  const width = name === CONTRACTS.name ? 2 : 1;
  const table: SqlTable = { name, keys: names.slice(0, width), values: names.slice(width + 1, -1) };
  const expected = fixedTable(name) ?? table;
  const types = columnTypes(expected);
  const asMade = columnsOf(expected).map((column, i) => `${column} ${types[i]}`);
  const asFound = columns.map(
    ([column, type]) => `${column} ${type.toLowerCase().replace(/^bigint\(\d+\)/, "bigint")}`,
  );
  const wrong = asMade.findIndex((column, i) => column !== asFound[i]);
  if (wrong >= 0 || asMade.length !== asFound.length) throw altered(name, asMade[wrong], asFound[wrong]);
  return expected;
}

function altered(table: string, expected: string | undefined, found: string | undefined): StorageError {
  const message = `table ${table} was altered: it has column ${found ?? "(none)"} where ${expected ?? "none"} belongs; restore it`;
  return storageError("STORAGE_UNSUITABLE", message, { table });
}
