import type { Height, RowOp, TableRow } from "@fb/types";
import { storageError } from "../errors.ts";
import { type Batch, sortBatch, writeBatch } from "./batch.ts";
import type { SqlConnection } from "./binding.ts";
import type { Catalogue } from "./catalogue.ts";
import { beginFilling, endFilling, moveHeight } from "./meta.ts";
import type { Servers } from "./servers.ts";
import { portions } from "./whole-store.ts";

export interface BlockWriterDeps {
  readonly servers: Servers;
  readonly catalogue: Catalogue;
  /** The owner's. */
  readonly token: string;
  /** The height that the server shows. Throws when the store is no longer this process's, or not as it left it. */
  readonly look: (connection: SqlConnection) => Promise<Height>;
}

/** Writes blocks. Every step may have been done already by an attempt whose answer was lost. */
export class BlockWriter {
  readonly #deps: BlockWriterDeps;

  constructor(deps: BlockWriterDeps) {
    this.#deps = deps;
  }

  /** One block in one transaction, which moves the height from the one before under the owner's token. */
  async commit(height: Height, batch: Batch): Promise<void> {
    const { servers, token, look } = this.#deps;
    await servers.run(async (connection) => {
      const isDone = async () => (await look(connection)) === height;
      if (this.#missing(batch).length > 0) {
        if (await isDone()) return;
        await this.#define(connection, batch);
      }
      await connection.query("START TRANSACTION");
      if (await moveHeight(connection, height, token)) {
        await writeBatch(connection, batch, this.#deps.catalogue);
        await connection.query("COMMIT");
        return;
      }
      await connection.query("ROLLBACK");
      if (!(await isDone())) throw storageError("STORAGE_FAILED", "the height of the store was moved", { height });
    });
  }

  /** Replaces everything, in portions of a transaction each; the height comes last. */
  async fill(height: Height, rows: AsyncIterable<TableRow>): Promise<void> {
    const { servers, catalogue, token, look } = this.#deps;
    await servers.run(async (connection) => {
      if (!(await beginFilling(connection, token))) await look(connection);
      await catalogue.clear(connection);
    });
    for await (const portion of portions(rows)) await this.#writePortion(portion);
    await servers.run(async (connection) => {
      if (await endFilling(connection, height, token)) return;
      if ((await look(connection)) !== height)
        throw storageError("STORAGE_FAILED", "the store was changed while it was filled");
    });
  }

  async #writePortion(portion: readonly RowOp[]): Promise<void> {
    const { servers, catalogue, token } = this.#deps;
    const batch = sortBatch(portion);
    await servers.run(async (connection) => {
      await this.#define(connection, batch);
      await connection.query("START TRANSACTION");
      if (!(await beginFilling(connection, token))) await this.#deps.look(connection);
      await writeBatch(connection, batch, catalogue);
      await connection.query("COMMIT");
    });
  }

  /** Before the transaction, which a definition would end. */
  async #define(connection: SqlConnection, batch: Batch): Promise<void> {
    for (const { table } of this.#missing(batch)) await this.#deps.catalogue.ensure(connection, table);
  }

  #missing({ tables }: Batch) {
    const { catalogue } = this.#deps;
    return tables.filter(({ table, isDescribed }) =>
      isDescribed ? !catalogue.has(table) : catalogue.get(table.name) === undefined,
    );
  }
}
