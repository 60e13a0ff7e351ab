import { type Mariadb, mariadbAvailable, startMariadb } from "@fb/mariadb";
import type { RowOp, StorageBackend } from "@fb/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TABLES } from "../../src/index.ts";
import { opened, place, text } from "./place.ts";

const FIELDS = Array.from({ length: 128 }, (_, i) => `f${i}`);
const NUM = new Uint8Array(8);
const DESCRIPTION: RowOp = {
  table: TABLES.tables,
  key: text("u_wide"),
  row: 0,
  fields: [text("id"), text(FIELDS.join(",")), text("0"), NUM],
};

describe.skipIf(!mariadbAvailable())("a table of as many fields as there may be", () => {
  let server: Mariadb;
  let backend: StorageBackend;
  beforeAll(async () => {
    server = await startMariadb();
    // What an operator may have set must not matter.
    await server.sql("SET GLOBAL innodb_default_row_format=compact");
    ({ backend } = await opened(await place(server)));
    await backend.commit(0, [DESCRIPTION]);
  });
  afterAll(async () => {
    await backend?.close();
    await server?.dispose();
  });

  it("takes more rows in a block than one statement has parameters for", async () => {
    const fields = [...FIELDS.map(text), NUM];
    const rows = Array.from(
      { length: 600 },
      (_, i): RowOp => ({ table: "u_wide", key: text("k"), row: i + 1, fields }),
    );
    await backend.commit(1, rows);
    const stored = await backend.rows("u_wide", text("k"));
    expect(stored).toHaveLength(600);
    expect(stored[599]!.fields).toEqual(fields);
  });

  it("may have names that files of the server need most room for, and words of SQL", async () => {
    const names = [`u_${"@".repeat(48)}`, `u_${"$".repeat(48)}`, "u_select", "u_1"];
    const fields = ["@".repeat(64), "$".repeat(64), "select", "1e5", "Group", "key"];
    const described = names
      .map((name): RowOp => ({ ...DESCRIPTION, key: text(name) }))
      .map((op) => ({
        ...op,
        fields: [text("table"), text(fields.join(",")), text("0"), NUM],
      }));
    const row = [...fields.map(text), NUM];
    await backend.commit(2, [
      ...described,
      ...names.map((table): RowOp => ({ table, key: text("k"), row: 1, fields: row })),
    ]);
    for (const table of names) expect((await backend.rows(table, text("k")))[0]!.fields).toEqual(row);
  });

  it("takes rows whose fields are all long", async () => {
    const fields = [...FIELDS.map(() => new Uint8Array(10_000).fill(7)), NUM];
    await backend.commit(3, [{ table: "u_wide", key: text("long"), row: 1, fields }]);
    expect((await backend.rows("u_wide", text("long")))[0]!.fields).toEqual(fields);
  });
});
