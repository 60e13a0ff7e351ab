import type { RowOp, StoredRow, TableLoad } from "@fb/types";
import { describe, expect, it } from "vitest";
import { BlockOverlay } from "./block-overlay.ts";
import type { Operator } from "./condition.ts";
import type { FieldValues } from "./entry.ts";
import type { RowSource } from "./ports.ts";
import { rowKey } from "./row-key.ts";
import { numberKey, TABLES } from "./system-tables.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const key = text("k");

/** Rows that are all in memory, except keys nobody loaded. */
class Rows implements RowSource {
  readonly #known = new Map<string, readonly StoredRow[]>();
  readonly #stored = new Map<string, readonly StoredRow[]>();

  put(table: string, at: Uint8Array, rows: readonly [number, ...string[]][], loaded = true): this {
    const stored = rows.map(([row, ...fields]) => ({ key: at, row, fields: fields.map(text) }));
    this.#stored.set(rowKey(table, at), stored);
    if (loaded) this.#known.set(rowKey(table, at), stored);
    return this;
  }

  peek(table: string, at: Uint8Array): readonly StoredRow[] | undefined {
    return this.#known.get(rowKey(table, at));
  }

  async load(loads: readonly TableLoad[]): Promise<readonly (readonly StoredRow[])[]> {
    return loads.map((load) => this.#stored.get(rowKey(load.table, load.key)) ?? []);
  }
}

function values(fields: Record<string, string>): FieldValues {
  return Object.entries(fields).map(([name, value]) => [name, text(value)] as const);
}

function show(op: RowOp): string {
  return `${op.table}/${new TextDecoder().decode(op.key)}/${op.row}=${op.fields === null ? "-" : op.fields.map((field) => new TextDecoder().decode(field)).join("|")}`;
}

const NUM = new TextDecoder().decode(numberKey(9));

describe("BlockOverlay", () => {
  it("selects, inserts, updates and removes rows (SPEC 1.5)", () => {
    const rows = new Rows().put(TABLES.cns, key, [
      [4, "1.0", "aa", "[]", NUM],
      [7, "2.0", "bb", "[]", NUM],
    ]);
    const overlay = new BlockOverlay(rows, 9);
    expect(overlay.insert(TABLES.cns, key, values({ version: "3.0", address: "cc" }))).toBe(1);
    const eq = (field: string, value: string) => ({ comparisons: [{ field, op: "EQ" as const, value: text(value) }] });
    expect(overlay.update(TABLES.cns, key, values({ abi: "[1]" }), eq("version", "2.0"))).toBe(1);
    expect(overlay.remove(TABLES.cns, key, eq("address", "aa"))).toBe(1);
    expect(overlay.remove(TABLES.cns, key, eq("address", "aa"))).toBe(0);
    const entries = overlay.select(TABLES.cns, key);
    expect(entries.map(({ row, num }) => [row, num])).toEqual([
      [7, 9],
      [8, 9],
    ]);
    expect([...entries[0]!.fields.keys()]).toEqual(["version", "address", "abi"]);
    expect(overlay.batch().map(show)).toEqual([
      "_sys_cns_/k/4=-",
      `_sys_cns_/k/7=2.0|bb|[1]|${NUM}`,
      `_sys_cns_/k/8=3.0|cc||${NUM}`,
    ]);
    expect(overlay.consensusWrites().map(show)).toEqual([
      "_sys_cns_/k/0=-",
      "_sys_cns_/k/1=2.0|bb|[1]",
      "_sys_cns_/k/2=3.0|cc|",
    ]);
  });

  it("combines comparisons by AND, may compare the key, and applies the limit last (SPEC 1.7)", () => {
    const rows = new Rows().put(
      TABLES.config,
      key,
      [1, 2, 3, 4, 5].map((n) => [n, String(n * 10), String(n)] as [number, ...string[]]),
    );
    const overlay = new BlockOverlay(rows, 9);
    const comparisons = [
      { field: "value", op: "GT" as const, value: text("10") },
      { field: "value", op: "LE" as const, value: text("50") },
      { field: "enable_num", op: "NE" as const, value: text("3") },
      { field: "key", op: "EQ" as const, value: key },
    ];
    const ids = (limit?: { offset: number; count: number }) =>
      overlay.select(TABLES.config, key, limit ? { comparisons, limit } : { comparisons }).map(({ row }) => row);
    expect(ids()).toEqual([2, 4, 5]);
    expect(ids({ offset: 1, count: 1 })).toEqual([4]);
    expect(ids({ offset: 2, count: 9 })).toEqual([5]);
    expect(ids({ offset: 3, count: 1 })).toEqual([]);
  });

  it("holds a row to every comparison on one field, and compares no field that is none (SPEC 1.7)", () => {
    const rows = new Rows().put(
      TABLES.config,
      key,
      [1, 2, 3, 4, 5, 6].map((n) => [n, String(n * 10), String(n)] as [number, ...string[]]),
    );
    const overlay = new BlockOverlay(rows, 9);
    const ids = (...list: readonly [string, Operator, string][]) =>
      overlay
        .select(TABLES.config, key, {
          comparisons: list.map(([field, op, value]) => ({ field, op, value: text(value) })),
        })
        .map(({ row }) => row);
    expect(ids(["value", "GE", "20"], ["value", "LT", "50"])).toEqual([2, 3, 4]);
    expect(ids(["value", "GE", "20"], ["value", "GT", "40"], ["value", "NE", "60"])).toEqual([5]);
    expect(ids(["value", "EQ", "20"], ["value", "EQ", "30"])).toEqual([]);
    for (const field of ["_id_", "_num_", "_status_"]) {
      expect(() => ids([field, "EQ", "1"])).toThrow(expect.objectContaining({ code: "FIELD_UNKNOWN" }));
    }
  });

  it("keeps one row per key in key-unique tables (SPEC 1.4)", () => {
    const overlay = new BlockOverlay(new Rows().put(TABLES.currentState, key, []), 9);
    overlay.insert(TABLES.currentState, key, values({ value: "1" }));
    overlay.insert(TABLES.currentState, key, values({ value: "2" }));
    expect(overlay.batch().map(show)).toEqual(["_sys_current_state_/k/0=2"]);
    expect(overlay.consensusWrites()).toEqual([]);
  });

  it("reads the shape of user tables from _sys_tables_, also of one created in the same block (SPEC 1.6)", () => {
    const name = text("u_t");
    const rows = new Rows().put(TABLES.tables, name, []).put("u_t", key, []);
    const overlay = new BlockOverlay(rows, 9);
    expect(overlay.schema("u_t")).toBeNull();
    expect(() => overlay.select("u_t", key)).toThrow(expect.objectContaining({ code: "TABLE_UNKNOWN" }));
    overlay.insert(TABLES.tables, name, values({ key_field: "id", value_field: "a,b", key_unique: "0" }));
    expect(overlay.schema("u_t")).toEqual({
      name: "u_t",
      keyField: "id",
      valueFields: ["a", "b"],
      keyUnique: false,
      consensus: true,
    });
    overlay.insert("u_t", key, values({ b: "x" }));
    expect(overlay.select("u_t", key)[0]!.fields.get("b")).toEqual(text("x"));
    expect(overlay.batch().map(show)).toEqual([`_sys_tables_/u_t/0=id|a,b|0|${NUM}`, `u_t/k/1=|x|${NUM}`]);
  });

  it("says what must be loaded, and answers after it was", async () => {
    const rows = new Rows()
      .put(TABLES.tables, text("u_t"), [[0, "id", "a", "1", NUM]], false)
      .put("u_t", key, [[0, "v", NUM]], false);
    const overlay = new BlockOverlay(rows, 9);
    const notLoaded = expect.objectContaining({ code: "ROW_NOT_LOADED" });
    expect(overlay.schema("u_t")).toBeUndefined();
    expect(overlay.peek("u_t", key)).toBeUndefined();
    for (const access of [
      () => overlay.select("u_t", key),
      () => overlay.insert(TABLES.config, key, []),
      () => overlay.update(TABLES.config, key, []),
      () => overlay.remove(TABLES.config, key),
    ]) {
      expect(access).toThrow(notLoaded);
    }
    await overlay.load([{ table: TABLES.tables, key: text("u_t") }]);
    expect(() => overlay.select("u_t", key)).toThrow(notLoaded);
    await overlay.load([{ table: "u_t", key }]);
    expect(overlay.select("u_t", key).map(({ fields }) => fields.get("a"))).toEqual([text("v")]);
    expect(overlay.batch()).toEqual([]);
  });

  it("refuses fields and sizes outside the schema, and leaves nothing behind (SPEC 1.3)", () => {
    const overlay = new BlockOverlay(
      new Rows().put(TABLES.config, key, [[1, "v", "1"]]).put(TABLES.config, new Uint8Array(256), []),
      9,
    );
    const unknown = expect.objectContaining({ code: "FIELD_UNKNOWN" });
    const invalid = expect.objectContaining({ code: "ROW_INVALID" });
    expect(() => overlay.insert(TABLES.config, key, values({ nope: "1" }))).toThrow(unknown);
    expect(() => overlay.update(TABLES.config, key, values({ nope: "1" }))).toThrow(unknown);
    expect(() =>
      overlay.select(TABLES.config, key, { comparisons: [{ field: "nope", op: "EQ", value: key }] }),
    ).toThrow(unknown);
    expect(() => overlay.insert(TABLES.config, key, [["value", new Uint8Array(16 * 1024 * 1024)]])).toThrow(invalid);
    expect(() => overlay.insert(TABLES.config, new Uint8Array(256), [])).toThrow(invalid);
    expect(overlay.batch()).toEqual([]);
  });

  it("repeats its reads while the source moves on", () => {
    const rows = new Rows().put(TABLES.config, key, [[1, "old", "1"]]);
    const overlay = new BlockOverlay(rows, 9);
    expect(overlay.select(TABLES.config, key)).toHaveLength(1);
    rows.put(TABLES.config, key, []);
    expect(overlay.select(TABLES.config, key)).toHaveLength(1);
    expect(new BlockOverlay(rows, 9).select(TABLES.config, key)).toHaveLength(0);
  });

  it("does not show row ids in the digest: the same rows under other ids give the same writes (SPEC 1.8)", () => {
    const build = (ids: readonly number[]) => {
      const overlay = new BlockOverlay(
        new Rows().put(
          TABLES.config,
          key,
          ids.map((id, i) => [id, String(i), "1"] as [number, ...string[]]),
        ),
        9,
      );
      overlay.update(TABLES.config, key, values({ value: "x" }), {
        comparisons: [{ field: "value", op: "EQ", value: text("1") }],
      });
      overlay.insert(TABLES.config, key, values({ value: "y" }));
      return overlay.consensusWrites();
    };
    expect(build([1, 2, 3])).toEqual(build([5, 8, 900]));
  });

  it("leaves no trace of rows that came and went in one block (SPEC 1.8)", () => {
    const overlay = new BlockOverlay(new Rows().put(TABLES.config, key, [[1, "a", "1"]]), 9);
    overlay.insert(TABLES.config, key, values({ value: "gone" }));
    overlay.remove(TABLES.config, key, { comparisons: [{ field: "value", op: "EQ", value: text("gone") }] });
    expect(overlay.batch()).toEqual([]);
    expect(overlay.consensusWrites()).toEqual([]);
  });
});

describe("a block that reads much", () => {
  const MIB = 1024 * 1024;
  const at = (n: number): Uint8Array => Uint8Array.of(n);

  /** Keys of one row of 32 MiB that are not in memory; how often each was loaded. */
  function longRows() {
    const field = new Uint8Array(32 * MIB - 256);
    const loads: number[] = [];
    const source: RowSource = {
      peek: () => undefined,
      load: async (asked) => {
        loads.push(...asked.map(({ key: [n] }) => n!));
        return asked.map(({ key: k }) => [{ key: k, row: 1, fields: [field, text("b"), text("c"), text(NUM)] }]);
      },
    };
    const overlay = new BlockOverlay(source, 9);
    const load = (n: number, most = overlay.room()) => overlay.load([{ table: TABLES.cns, key: at(n), most }]);
    return { overlay, load, loads };
  }

  it("a transaction claims 256 MiB of rows at most, the next one as many (SPEC 4.7)", async () => {
    const { overlay, load } = longRows();
    const claim = async (n: number) => {
      await load(n);
      return overlay.claim(TABLES.cns, at(n));
    };
    for (let n = 0; n < 7; n++) expect(await claim(n)).toBe(true);
    expect(overlay.claim(TABLES.cns, at(3)), "it counts once").toBe(true);
    expect(await claim(7)).toBe(false);
    expect(overlay.room().bytes).toBe(32 * MIB - 7 * 10);
    overlay.beginTransaction();
    expect(overlay.room()).toEqual({ rows: MIB, bytes: 256 * MIB });
    expect(await claim(7)).toBe(true);
  });

  it("keeps what was written, and no rows that can be read again", async () => {
    const { overlay, load, loads } = longRows();
    for (const n of [1, 2, 3]) {
      await load(n);
      overlay.claim(TABLES.cns, at(n));
    }
    overlay.insert(TABLES.cns, at(2), values({ version: "new" }));
    const written = overlay.consensusWrites().map(show);
    const batch = overlay.batch().map(show);
    const mark = overlay.savepoint();
    overlay.beginTransaction();
    for (const n of [1, 2, 3]) expect(overlay.peek(TABLES.cns, at(n))).toBeUndefined();
    expect(() => overlay.select(TABLES.cns, at(2))).toThrow("before it was loaded");
    expect(overlay.consensusWrites().map(show)).toEqual(written);
    expect(overlay.batch().map(show)).toEqual(batch);
    await load(2);
    expect(overlay.select(TABLES.cns, at(2)).map(({ row }) => row)).toEqual([1, 2]);
    overlay.update(TABLES.cns, at(2), values({ address: "dd" }), {
      comparisons: [{ field: "version", op: "EQ", value: text("new") }],
    });
    expect(overlay.batch().map(show)).toEqual([`_sys_cns_/${String.fromCharCode(2)}/2=new|dd||${NUM}`]);
    overlay.revertTo(mark);
    expect(overlay.batch().map(show)).toEqual(batch);
    expect(loads).toEqual([1, 2, 3, 2]);
  });

  it("gives up what was loaded for somebody who did not claim it", async () => {
    const { overlay, load } = longRows();
    await load(1);
    expect(overlay.peek(TABLES.cns, at(1))).toHaveLength(1);
    await load(2);
    expect(overlay.peek(TABLES.cns, at(1))).toBeUndefined();
    expect(overlay.claim(TABLES.cns, at(2))).toBe(true);
    await load(3);
    expect(overlay.peek(TABLES.cns, at(2))).toHaveLength(1);
  });

  it("a field that is kept when others are written does not keep them in memory", () => {
    const whole = text("abcdef");
    const fields = [whole.subarray(0, 3), whole.subarray(3, 5), whole.subarray(5), text(NUM)];
    const source: RowSource = { peek: () => [{ key, row: 1, fields }], load: async () => [] };
    const overlay = new BlockOverlay(source, 9);
    overlay.update(TABLES.cns, key, values({ version: "new" }));
    for (const field of overlay.batch()[0]!.fields!) expect(field.buffer.byteLength).toBe(field.length);
  });
});
