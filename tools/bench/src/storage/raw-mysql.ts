import type { RowOp } from "@fb/types";
import { type Connection, createConnection } from "mysql2/promise";

const ROWS = 500;

/** What mysql2 does at best by itself: prepared statements of 500 rows in one transaction, into a table of the same columns. */
export class RawMysql {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async open(place: { host: string; port: number; user: string; password: string; database: string }) {
    const connection = await createConnection(place);
    await connection.query(
      "CREATE TABLE raw (address BINARY(20) NOT NULL,`key` VARBINARY(255) NOT NULL,_id_ BIGINT UNSIGNED NOT NULL,value MEDIUMBLOB,_more_ LONGBLOB,PRIMARY KEY (address,`key`,_id_)) ENGINE=InnoDB",
    );
    return new RawMysql(connection);
  }

  async commit(batch: readonly RowOp[]): Promise<void> {
    await this.#connection.query("START TRANSACTION");
    for (let at = 0; at < batch.length; at += ROWS) {
      const some = batch.slice(at, at + ROWS);
      const values = some.flatMap(({ table, key, row, fields }) => [
        Buffer.from(table.slice(2), "hex"),
        Buffer.from(key),
        row,
        Buffer.from(fields![0]!),
        null,
      ]);
      const places = new Array(some.length).fill("(?,?,?,?,?)").join(",");
      const sql = `INSERT INTO raw VALUES ${places} ON DUPLICATE KEY UPDATE value=VALUES(value),_more_=VALUES(_more_)`;
      await this.#connection.execute(sql, values);
    }
    await this.#connection.query("COMMIT");
  }

  close(): Promise<void> {
    return this.#connection.end();
  }
}
