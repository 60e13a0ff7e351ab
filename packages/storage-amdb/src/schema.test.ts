import { describe, expect, it } from "vitest";
import { tablePrefix } from "./row-codec.ts";
import { defineUserTable, userTableName } from "./schema.ts";
import { keyNumber, numberKey, SYSTEM_TABLES, schemaOf, TABLES } from "./system-tables.ts";

describe("defineUserTable", () => {
  it("describes a table", () => {
    expect(defineUserTable("T_Test", "name", ["item_id", "item_name"], false)).toEqual({
      ok: true,
      schema: {
        name: "u_t_test",
        keyField: "name",
        valueFields: ["item_id", "item_name"],
        keyUnique: false,
        consensus: true,
      },
    });
  });

  it.each([
    ["a".repeat(49), "k", ["v"], "NAME_LENGTH"],
    ["", "k", ["v"], "CHARACTER"],
    ["_t", "k", ["v"], "CHARACTER"],
    ["t-t", "k", ["v"], "CHARACTER"],
    ["tä", "k", ["v"], "CHARACTER"],
    ["t", "k".repeat(65), ["v"], "FIELD_LENGTH"],
    ["t", "k", ["v".repeat(65)], "FIELD_LENGTH"],
    ["t", "k", Array.from({ length: 17 }, (_, i) => "v".repeat(62) + (i + 10)), "FIELDS_LENGTH"],
    ["t", "k", Array.from({ length: 129 }, (_, i) => `v${i}`), "FIELDS_COUNT"],
    ["t", "k", ["v", "V"], "FIELD_DUPLICATE"],
    ["t", "k", ["K"], "FIELD_DUPLICATE"],
    ["t", "k", ["_id_"], "CHARACTER"],
    ["t", "k", ["a,b"], "CHARACTER"],
    ["t", "", ["v"], "CHARACTER"],
    ["t", "k", [], "CHARACTER"],
  ])("refuses %j (%j, %j): %s", (name, keyField, fields, code) => {
    expect(defineUserTable(name, keyField, fields, false)).toEqual({ ok: false, code });
  });

  it("takes 128 value fields (SPEC 1.2)", () => {
    const fields = Array.from({ length: 128 }, (_, i) => `v${i}`);
    expect(defineUserTable("t", "k", fields, false)).toMatchObject({ ok: true, schema: { valueFields: fields } });
  });

  it("takes names at the limits, which storage then takes too (SPEC 1.2)", () => {
    const name = "a".repeat(48);
    expect(defineUserTable(name, "k".repeat(64), ["v".repeat(64)], true)).toMatchObject({ ok: true });
    expect(() => tablePrefix(userTableName(name))).not.toThrow();
  });
});

describe("system tables", () => {
  it("have names storage takes and schemas under them", () => {
    for (const name of Object.values(TABLES)) {
      expect(() => tablePrefix(name)).not.toThrow();
      expect(SYSTEM_TABLES.get(name)).toMatchObject({ name });
      expect(schemaOf(name)?.valueFields.length).toBeGreaterThan(0);
    }
    expect(SYSTEM_TABLES.size).toBe(Object.keys(TABLES).length);
  });

  it("share one schema for all contracts and none for user tables", () => {
    expect(schemaOf(`c_${"a".repeat(40)}`)).toBe(schemaOf(`c_${"b".repeat(40)}`));
    expect(schemaOf("u_t")).toBeUndefined();
  });

  it.each([0, 1, 255, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])("number keys: %d", (number) => {
    expect(keyNumber(numberKey(number))).toBe(number);
    expect(numberKey(number).length).toBe(8);
  });
});
