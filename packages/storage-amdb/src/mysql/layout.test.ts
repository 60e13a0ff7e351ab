import { toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { SqlValue } from "./binding.ts";
import { columnsOf, fixedTable, pushFields, takeFields, userTable } from "./layout.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);
const described = (keyField: string, fields: string) => [keyField, fields, "0"].map(text);

describe("rows in columns (storage-amdb SPEC 6.2)", () => {
  const table = userTable("u_a", described("address", "Value,key"));

  it("names columns as the fields, and keeps its own names apart", () => {
    expect(columnsOf(table)).toEqual(["address", "_id_", "Value", "key", "_num_", "_more_"]);
    expect(fixedTable(`c_${"0".repeat(40)}`)!.keys).toEqual(["address", "key"]);
  });

  it.each([0, 1, 2, 3, 4, 7])("keeps %i fields as they are, also empty ones", (count) => {
    const fields = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? bytes() : bytes(i, 0)));
    const row: SqlValue[] = [];
    pushFields(row, table, fields);
    expect(row).toHaveLength(4);
    expect(takeFields(row, 0, table).map(toHex)).toEqual(fields.map(toHex));
  });

  it("refuses a gap among the columns", () => {
    for (const row of [
      [null, bytes(1), null, null],
      [bytes(1), null, null, bytes(0)],
      ["text", null, null, null],
    ]) {
      expect(() => takeFields(row, 0, table)).toThrow(expect.objectContaining({ code: "STORAGE_CORRUPT" }));
    }
  });

  it.each([
    [undefined],
    [[]],
    [described("a`b", "x")],
    [described("key", "a,A")],
    [described("key", "_id_")],
    [described("key", "x; DROP TABLE y")],
  ])("makes no columns of a description that is none", (description) => {
    expect(columnsOf(userTable("u_a", description))).toEqual(["key", "_id_", "_more_"]);
  });
});
