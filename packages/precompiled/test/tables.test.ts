import { toHex } from "@fb/types";
import { encodeRlp, keccak256, toUtf8Bytes, ZeroAddress } from "ethers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { decodeError, SYSTEM_GAS } from "../src/index.ts";
import type { SystemObject } from "../src/tables/index.ts";
import { ADMIN, contracts, TestGroup, text, USER } from "./group.ts";
import { type Handle, handleAt, tableFactory } from "./table-objects.ts";

let group: TestGroup;
let tables: Handle;
let kvTables: Handle;
beforeEach(() => {
  group = new TestGroup();
  tables = tableFactory(group, "1001");
  kvTables = tableFactory(group, "1010");
});

async function created(): Promise<Handle> {
  expect(await tables.get("createTable", "t_test", "name", "item_id,item_name")).toBe(0n);
  return tables.object("Table", "openTable", "t_test");
}

async function entryOf(table: Handle, fields: Record<string, string | number>): Promise<Handle> {
  const entry = await table.object("Entry", "newEntry");
  for (const [name, value] of Object.entries(fields)) {
    await entry.get(typeof value === "string" ? "set(string,string)" : "set(string,int256)", name, value);
  }
  return entry;
}

const everything = (table: Handle) => table.object("Condition", "newCondition");

/** `item_id item_name` of the selected rows. */
async function selected(table: Handle, key: string, condition: Handle): Promise<string[]> {
  const entries = await table.object("Entries", "select", key, condition);
  const rows: string[] = [];
  for (let i = 0n; i < ((await entries.get("size")) as bigint); i++) {
    const entry = await entries.object("Entry", "get", i);
    rows.push(`${await entry.get("getInt", "item_id")} ${await entry.get("getString", "item_name")}`);
  }
  return rows;
}

const refusal = async (call: Promise<{ error: string | null; output: Uint8Array }>) => {
  const { error, output } = await call;
  expect(error).toBe("REVERT");
  return decodeError(output);
};

describe("TableFactory", () => {
  it("SPEC 13.1, 9.1: creates tables with an event, and opens those with any number of rows a key", async () => {
    const outcome = await tables.call("createTable", ["T", "id", "a, b"]);
    expect(outcome.logs).toHaveLength(1);
    expect(await tables.get("createTable", "t", "id", "a")).toBe(-50001n);
    expect(await kvTables.get("createTable", "T", "id", "a")).toBe(-50001n);
    expect(await kvTables.get("createTable", "kv", "id", "a")).toBe(0n);
    expect(await tables.get("openTable", "missing")).toBe(ZeroAddress);
    expect(await tables.get("openTable", "kv")).toBe(ZeroAddress);
    expect(await kvTables.get("openTable", "t")).toBe(ZeroAddress);
    expect(await tables.get("openTable", "t")).not.toBe(ZeroAddress);
    expect(await kvTables.get("openTable", "KV")).not.toBe(ZeroAddress);
  });
});

describe("Table", () => {
  it("SPEC 13.2, 9.2: inserts, selects, updates and removes rows as Solidity for FISCO BCOS 2.x does", async () => {
    const table = await created();
    for (const [i, item] of ["apple", "pear", "plum"].entries()) {
      const entry = await entryOf(table, { name: "fruit", item_id: i, item_name: item });
      const outcome = await table.call("insert", ["fruit", entry]);
      expect(BigInt(`0x${toHex(outcome.output)}`)).toBe(1n);
      expect(outcome.logs).toEqual([]);
    }
    expect(await selected(table, "fruit", await everything(table))).toEqual(["0 apple", "1 pear", "2 plum"]);
    const wanted = await everything(table);
    await wanted.get("EQ(string,string)", "item_name", "pear");
    await wanted.get("EQ(string,int256)", "item_id", 1);
    expect(await selected(table, "fruit", wanted)).toEqual(["1 pear"]);
    const change = await entryOf(table, { item_name: "quince" });
    expect(await table.get("update", "fruit", change, wanted)).toBe(1n);
    expect(await selected(table, "fruit", wanted)).toEqual([]);
    expect(await selected(table, "fruit", await everything(table))).toEqual(["0 apple", "1 quince", "2 plum"]);
    const small = await everything(table);
    await small.get("LT(string,int256)", "item_id", 2);
    expect(await table.get("remove", "fruit", small)).toBe(2n);
    expect(await selected(table, "fruit", await everything(table))).toEqual(["2 plum"]);
  });

  it("SPEC 13.2: refuses what is no entry or condition of the transaction", async () => {
    const table = await created();
    const entry = await entryOf(table, {});
    const condition = await everything(table);
    expect(await refusal(table.call("insert", ["k", condition]))).toBe("not an Entry of this transaction");
    expect(await refusal(table.call("insert", ["k", ZeroAddress]))).toBe("not an Entry of this transaction");
    expect(await refusal(table.call("select", ["k", entry]))).toBe("not a Condition of this transaction");
    expect(await refusal(table.call("remove", ["k", table]))).toBe("not a Condition of this transaction");
    expect(await refusal(table.call("update", ["k", entry, entry]))).toBe("not a Condition of this transaction");
    expect(group.overlay.batch().map(({ table: name }) => name)).toEqual(["_sys_tables_"]);
  });
});

describe("Entry and Entries", () => {
  it("SPEC 13.3: fields are read as what they are asked for, and refused as what they are not", async () => {
    const entry = await entryOf(await created(), { text: "-12", word: "abc", empty: "" });
    await entry.get("set(string,uint256)", "uint", 2n ** 256n - 1n);
    await entry.get("set(string,int256)", "int", -(2n ** 255n));
    await entry.get("set(string,address)", "address", text(USER));
    expect(await entry.get("getInt", "text")).toBe(-12n);
    expect(await entry.get("getInt", "empty")).toBe(0n);
    expect(await entry.get("getInt", "never set")).toBe(0n);
    expect(await entry.get("getInt", "int")).toBe(-(2n ** 255n));
    expect(await entry.get("getUInt", "uint")).toBe(2n ** 256n - 1n);
    expect(await entry.get("getString", "int")).toBe(String(-(2n ** 255n)));
    expect(await entry.get("getString", "address")).toBe(toHex(USER));
    expect(String(await entry.get("getAddress", "address")).toLowerCase()).toBe(text(USER));
    expect(await entry.get("getBytes32", "word")).toBe(`0x${"616263".padEnd(64, "0")}`);
    const bytes64 = (await entry.get("getBytes64", "address")) as string[];
    expect(bytes64.join("").replaceAll("0x", "")).toBe(Buffer.from(toHex(USER)).toString("hex").padEnd(128, "0"));
    for (const [name, field] of [
      ["getInt", "word"],
      ["getInt", "uint"],
      ["getUInt", "text"],
      ["getUInt", "word"],
    ] as const) {
      expect(await refusal(entry.call(name, [field]))).toBe("the field holds no such integer");
    }
    for (const field of ["word", "empty", "uint"]) {
      expect(await refusal(entry.call("getAddress", [field]))).toBe("the field holds no address");
    }
    await entry.get("set(string,string)", "text", text(ADMIN));
    expect(String(await entry.get("getAddress", "text")).toLowerCase()).toBe(text(ADMIN));
  });

  it("SPEC 13.4: an entry of a selection is the same each time, knows its key, and changes no row", async () => {
    const table = await created();
    await table.get("insert", "fruit", await entryOf(table, { item_id: 1, item_name: "apple" }));
    const entries = await table.object("Entries", "select", "fruit", await everything(table));
    const entry = await entries.object("Entry", "get", 0);
    expect(await entry.get("getString", "name")).toBe("fruit");
    await entry.get("set(string,string)", "item_name", "pear");
    const again = await entries.object("Entry", "get", 0);
    expect(again.address).toEqual(entry.address);
    expect(await again.get("getString", "item_name")).toBe("pear");
    expect(await selected(table, "fruit", await everything(table))).toEqual(["1 apple"]);
    expect(await table.get("insert", "nuts", again)).toBe(1n);
    expect(await selected(table, "nuts", await everything(table))).toEqual(["1 pear"]);
    for (const position of [1, -1, 2n ** 255n - 1n]) {
      expect(await refusal(entries.call("get", [position]))).toBe("there is no entry at this position");
    }
  });
});

describe("Condition", () => {
  it("SPEC 13.5: comparisons must all hold, and the last limit counts", async () => {
    const table = await created();
    for (let i = 0; i < 6; i++) await table.get("insert", "k", await entryOf(table, { item_id: i, item_name: "x" }));
    const ids = async (...calls: readonly [string, ...unknown[]][]) => {
      const condition = await everything(table);
      for (const [name, ...args] of calls) await condition.get(name, ...args);
      return (await selected(table, "k", condition)).map((row) => Number(row.split(" ")[0]));
    };
    const id = "item_id";
    expect(await ids(["GE(string,int256)", id, 1], ["LE(string,int256)", id, 4], ["NE(string,int256)", id, 2])).toEqual(
      [1, 3, 4],
    );
    expect(await ids(["GT(string,int256)", id, 1], ["GT(string,int256)", id, 3])).toEqual([4, 5]);
    expect(await ids(["LT(string,int256)", id, -1])).toEqual([]);
    expect(await ids(["NE(string,string)", "item_name", "x"])).toEqual([]);
    expect(await ids(["NE(string,address)", "item_name", text(USER)], ["limit(int256)", 2])).toEqual([0, 1]);
    expect(await ids(["EQ(string,address)", "item_name", text(USER)])).toEqual([]);
    expect(await ids(["limit(int256)", 2], ["limit(int256,int256)", 4, 2n ** 255n - 1n])).toEqual([4, 5]);
    expect(await ids(["limit(int256,int256)", 2n ** 200n, 5])).toEqual([]);
    expect(await ids(["limit(int256)", 0])).toEqual([]);
    const condition = await everything(table);
    expect(await refusal(condition.call("limit(int256)", [-1]))).toBe("a limit is not negative");
    expect(await refusal(condition.call("limit(int256,int256)", [-1, 1]))).toBe("a limit is not negative");
    for (let i = 0; i < 128; i++) await condition.get("GE(string,int256)", id, 0);
    expect(await refusal(condition.call("GE(string,int256)", [id, 0]))).toBe("a condition has at most 128 comparisons");
  });
});

describe("KVTable", () => {
  it("SPEC 13.6: keeps one row a key", async () => {
    await kvTables.get("createTable", "kv", "id", "price,owner");
    const kv = await kvTables.object("KVTable", "openTable", "kv");
    expect(await kv.get("get", "k")).toEqual([false, ZeroAddress]);
    const set = async (fields: Record<string, string>) => {
      const entry = await kv.object("Entry", "newEntry");
      for (const [name, value] of Object.entries(fields)) await entry.get("set(string,string)", name, value);
      return kv.get("set", "k", entry);
    };
    expect(await set({ price: "1", owner: "me" })).toBe(1n);
    expect(await set({ price: "2" })).toBe(1n);
    expect(await set({ colour: "2" })).toBe(-50008n);
    const [found, address] = (await kv.get("get", "k")) as [boolean, string];
    expect(found).toBe(true);
    const entry = handleAt(group, "Entry", address);
    expect(await entry.get("getInt", "price")).toBe(2n);
    expect(await entry.get("getString", "owner")).toBe("me");
    expect(await entry.get("getString", "id")).toBe("k");
  });
});

describe("objects", () => {
  it("SPEC 12.1: have addresses of their transaction and number, which are frozen", async () => {
    const objects = contracts.objectsOf(new Uint8Array(32).fill(7));
    const condition = (): SystemObject => ({ type: "condition", comparisons: [], limit: null });
    const given = Array.from({ length: 3 }, () => toHex(objects.create(condition())));
    expect(given).toEqual(FROZEN);
    const derived = (number: string) =>
      keccak256(encodeRlp([toUtf8Bytes("fb-object/1"), `0x${"07".repeat(32)}`, number]));
    expect(given.map((address) => address.slice(16))).toEqual(["0x", "0x01", "0x02"].map((n) => derived(n).slice(42)));
    const other = contracts.objectsOf(new Uint8Array(32).fill(8));
    expect(toHex(other.create(condition()))).not.toBe(given[0]);
    expect(given.every((address) => contracts.has(address))).toBe(true);
  });

  it("SPEC 12.2: are refused in another transaction, and where there never was one", async () => {
    const table = await created();
    const elsewhere = new TestGroup();
    expect(await refusal(handleAt(elsewhere, "Table", text(table.address)).call("newEntry", []))).toBe(
      "there is no such object in this transaction",
    );
    const made = handleAt(group, "Table", `0x${toHex(table.address).slice(0, 38)}00`);
    expect(await refusal(made.call("newEntry", []))).toBe("there is no such object in this transaction");
  });

  it("SPEC 12.2: are undone with the tables, and an address is not given again", async () => {
    const table = await created();
    const entry = await entryOf(table, { item_id: 1 });
    const condition = await everything(table);
    const { objects } = group.context;
    const mark = objects.savepoint();
    await entry.get("set(string,int256)", "item_id", 2);
    await entry.get("set(string,int256)", "other", 2);
    await condition.get("EQ(string,int256)", "item_id", 2);
    await condition.get("limit(int256)", 0);
    const undone = await entryOf(table, { item_id: 3 });
    objects.revertTo(mark);
    expect(await entry.get("getInt", "item_id")).toBe(1n);
    expect(await entry.get("getString", "other")).toBe("");
    expect(await refusal(undone.call("getInt", ["item_id"]))).toBe("there is no such object in this transaction");
    expect((await entryOf(table, {})).address).not.toEqual(undone.address);
    await table.get("insert", "k", await entryOf(table, { item_id: 7, item_name: "x" }));
    expect(await selected(table, "k", condition)).toEqual(["7 x"]);
  });

  it("SPEC 12.3: conditions are built and rows selected under STATICCALL, entries and tables are not changed", async () => {
    const table = await created();
    const entry = await entryOf(table, {});
    const condition = await everything(table);
    const isStatic = { isStatic: true };
    for (const [on, name, args] of [
      [condition, "EQ(string,int256)", ["item_id", 1]],
      [condition, "limit(int256)", [1]],
      [table, "newEntry", []],
      [table, "newCondition", []],
      [table, "select", ["k", condition]],
      [tables, "openTable", ["t_test"]],
    ] as const) {
      expect((await on.call(name, args, isStatic)).error, name).toBeNull();
    }
    for (const [on, name, args] of [
      [entry, "set(string,int256)", ["item_id", 1]],
      [table, "insert", ["k", entry]],
      [table, "remove", ["k", condition]],
      [tables, "createTable", ["u", "id", "a"]],
    ] as const) {
      expect(await refusal(on.call(name, args, isStatic)), name).toBe("a static call may not write");
    }
    expect(await refusal(table.call("newEntry", [], { isDelegated: true }))).toContain("DELEGATECALL");
    expect(await refusal(table.call("newEntry", [], { value: 1n }))).toContain("no value");
  });

  it("SPEC 12.4: are bounded in number, fields and bytes, and what was undone does not count", async () => {
    const table = await created();
    const { objects } = group.context;
    const mark = objects.savepoint();
    for (let i = 1; i < 65_536; i++) objects.create({ type: "condition", comparisons: [], limit: null });
    expect(await refusal(table.call("newEntry", []))).toBe("a transaction has at most 65536 objects");
    objects.revertTo(mark);
    const entry = await entryOf(table, {});
    for (let i = 0; i < 129; i++) await entry.get("set(string,int256)", `f${i}`, i);
    expect(await refusal(entry.call("set(string,int256)", ["one more", 1]))).toBe("an entry has at most 129 fields");
    expect(await entry.get("set(string,int256)", "f0", 1)).toBeUndefined();
    const full = objects.savepoint();
    objects.change(
      32 * 1024 * 1024 - 2_000,
      () => {},
      () => {},
    );
    const tooMuch = "the objects of a transaction hold at most 33554432 bytes";
    expect(await refusal(entry.call("set(string,string)", ["f1", "x".repeat(2_000)]))).toBe(tooMuch);
    objects.revertTo(full);
    expect(await entry.get("set(string,string)", "f1", "x".repeat(2_000))).toBeUndefined();
  });

  it("SPEC 12.5: cost gas for what they are and hold", async () => {
    const table = await created();
    const input = (bytes: number) => SYSTEM_GAS.word * BigInt(Math.ceil(bytes / 32));
    const newEntry = await table.call("newEntry", []);
    expect(newEntry.gasUsed).toBe(SYSTEM_GAS.call + input(4) + SYSTEM_GAS.object + input(32));
    const entry = await entryOf(table, {});
    const set = await entry.call("set(string,string)", ["abc", "x".repeat(40)]);
    const texts = 43n * (SYSTEM_GAS.textByte + SYSTEM_GAS.heldByte);
    expect(set.gasUsed).toBe(SYSTEM_GAS.call + input(4 + 7 * 32) + texts);
    expect((await entry.call("set(string,string)", ["abc", "y"], { gas: 700n })).error).toBe("OUT_OF_GAS");
    expect(await entry.get("getString", "abc")).toBe("x".repeat(40));
  });

  it("SPEC 2.3: a long field is paid for before it is copied", async () => {
    const entry = await entryOf(await created(), { abc: "x".repeat(200_000) });
    const { gasUsed } = await entry.call("getString", ["abc"]);
    const input = SYSTEM_GAS.word * BigInt(Math.ceil((4 + 3 * 32) / 32)) + 3n * SYSTEM_GAS.textByte;
    const output = SYSTEM_GAS.word * BigInt((2 * 32 + 200_000) / 32);
    expect(gasUsed).toBe(SYSTEM_GAS.call + input + output);
    // Anything of the field in the answer would have been copied for nothing.
    const copies = vi.spyOn(Uint8Array.prototype, "set");
    const starved = await entry.call("getString", ["abc"], { gas: gasUsed - 1n });
    const longest = Math.max(0, ...copies.mock.calls.map(([from]) => from.length));
    copies.mockRestore();
    expect(starved).toMatchObject({ error: "OUT_OF_GAS", output: new Uint8Array(0) });
    expect(longest).toBeLessThan(1_000);
  });
});

/** `fbobject`, and the last 12 bytes of keccak256(rlp([`fb-object/1`, 32 bytes of 07, number])). */
const FROZEN = [
  "66626f626a6563746de69799a4e38bc719abcd53",
  "66626f626a656374b57b8305ab65a9aa0397cbc5",
  "66626f626a6563744b89e07d0ec4d329ac38bce1",
];
