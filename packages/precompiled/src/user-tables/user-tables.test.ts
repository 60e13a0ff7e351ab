import { createCryptoSuite } from "@fb/crypto";
import { BlockOverlay, type Condition, type Operator, TABLES, type TableSchema } from "@fb/storage-amdb";
import { type PrecompileCall, type StoredRow, type TableLoad, ZERO_HASH } from "@fb/types";
import { beforeEach, describe, expect, it } from "vitest";
import type { Steps } from "../definition.ts";
import { GasMeter, SYSTEM_GAS } from "../gas.ts";
import { SystemSession } from "../session.ts";
import { SystemObjects } from "../tables/index.ts";
import { createTable, insertRow, openTable, removeRows, selectRows, setRow, updateRows } from "./index.ts";

const suite = await createCryptoSuite();
const utf8 = new TextEncoder();
const show = (value: Uint8Array | undefined) => new TextDecoder().decode(value);
const USER = new Uint8Array(20).fill(5);

/** Rows a backend would hold. */
const stored = new Map<string, StoredRow[]>();
const known = new Set<string>();
let overlay: BlockOverlay;
let asked: TableLoad[];

beforeEach(() => {
  stored.clear();
  known.clear();
  asked = [];
  const idOf = (table: string, key: Uint8Array) => `${table}/${show(key)}`;
  overlay = new BlockOverlay(
    {
      peek: (table, key) => (known.has(idOf(table, key)) ? (stored.get(idOf(table, key)) ?? []) : undefined),
      async load(loads) {
        asked.push(...loads);
        return loads.map(({ table, key, most }) => {
          const rows = stored.get(idOf(table, key)) ?? [];
          return most !== undefined && rows.length > most.rows ? null : rows;
        });
      },
    },
    8,
  );
});

/** Runs an operation as a call of its own; the gas it used is in `used`. */
let used = 0n;
async function run<T>(operation: (session: SystemSession) => Steps<T>, gas = 1_000_000_000n): Promise<T> {
  const call = { address: USER, caller: USER, origin: USER } as PrecompileCall;
  const meter = new GasMeter(gas);
  const steps = operation(
    new SystemSession(suite, call, { tables: overlay, number: 8, objects: new SystemObjects(suite, ZERO_HASH) }, meter),
  );
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await overlay.load(step.value);
    }
  } finally {
    used = meter.used();
  }
}

const create = (name: string, keyField: string, valueFields: string, keyUnique = false) =>
  run((session) => createTable(session, { name, keyField, valueFields, keyUnique }));
const values = (fields: Record<string, string>) =>
  new Map(Object.entries(fields).map(([name, value]) => [name, utf8.encode(value)]));
const where = (...list: readonly [string, Operator, string][]): Condition => ({
  comparisons: list.map(([field, op, value]) => ({ field, op, value: utf8.encode(value) })),
});

async function opened(name: string): Promise<TableSchema> {
  const table = await run((session) => openTable(session, name));
  expect(table).not.toBeNull();
  return table!;
}

async function contents(table: TableSchema, key: string, condition?: Condition): Promise<string[]> {
  const rows = await run((session) => selectRows(session, table, key, condition));
  return rows.map((row) => table.valueFields.map((field) => show(row.fields.get(field))).join("|"));
}

describe("user tables", () => {
  it.each([
    ["t".repeat(49), "id", "a", -50002n],
    ["t", "id", Array.from({ length: 129 }, (_, i) => `f${i}`).join(","), -50004n],
    ["t", "id", Array.from({ length: 17 }, (_, i) => "f".repeat(62) + (i + 10)).join(","), -50004n],
    ["t", "id", ",".repeat(4_097), -50004n],
    ["t".repeat(49), "id", `a${" ".repeat(4_096)}`, -50004n],
    ["t", "k".repeat(65), "a", -50003n],
    ["t", "id", "f".repeat(65), -50003n],
    ["t", "id", "a,,b", -50008n],
    ["t", "id", "", -50008n],
    ["t", "", "a", -50008n],
    ["t", "_id", "a", -50008n],
    ["t", "id", "_a", -50008n],
    ["t", "id", "a b", -50008n],
    ["", "id", "a", -50008n],
    ["_t", "id", "a", -50008n],
    ["t-1", "id", "a", -50008n],
    ["t\u212a", "id", "a", -50008n],
    ["t", "id", "a,A", -50007n],
    ["t", "id", "a,ID", -50007n],
  ])("SPEC 10.1: creating %j (%j, %j) gives %s", async (name, keyField, fields, code) => {
    expect(await create(name, keyField, fields)).toBe(code);
    expect(overlay.batch()).toEqual([]);
  });

  it("SPEC 10.1: creates a table once, whatever the case of its name, and describes it", async () => {
    expect(await run((session) => openTable(session, "T_Test"))).toBeNull();
    expect(await create("T_Test", " id ", "item_id, item_name")).toBe(0n);
    expect(await create("t_tesT", "id", "other")).toBe(-50001n);
    const schema = { name: "u_t_test", keyField: "id", valueFields: ["item_id", "item_name"], keyUnique: false };
    expect(await opened("T_TEST")).toMatchObject(schema);
    expect(await run((session) => openTable(session, "t".repeat(49)))).toBeNull();
    expect(await run((session) => openTable(session, "_sys_config_"))).toBeNull();
    expect(await run((session) => openTable(session, "\u0130"))).toBeNull();
  });

  it("SPEC 10.2, 10.3: adds, selects, changes and removes rows", async () => {
    await create("t", "id", "n,name");
    const t = await opened("t");
    for (const [n, name] of ["1 ape", "2 bee", "3 cat"].map((row) => row.split(" ") as [string, string])) {
      expect(await run((session) => insertRow(session, t, "k", values({ n, name, id: "ignored" })))).toBe(1n);
    }
    expect(await contents(t, "k")).toEqual(["1|ape", "2|bee", "3|cat"]);
    expect(await contents(t, "K")).toEqual([]);
    expect(await contents(t, "k", where(["n", "GT", "1"], ["n", "LT", "3"]))).toEqual(["2|bee"]);
    expect(await contents(t, "k", { limit: { offset: 1, count: 1 } })).toEqual(["2|bee"]);
    expect(await contents(t, "k", where(["id", "EQ", "k"], ["name", "NE", "bee"]))).toEqual(["1|ape", "3|cat"]);
    const change = values({ name: "dog", id: "k" });
    expect(await run((session) => updateRows(session, t, "k", change, where(["n", "GE", "2"])))).toBe(2n);
    expect(await contents(t, "k")).toEqual(["1|ape", "2|dog", "3|dog"]);
    expect(await run((session) => removeRows(session, t, "k", where(["n", "EQ", "1"])))).toBe(1n);
    expect(await run((session) => removeRows(session, t, "k"))).toBe(2n);
    expect(await run((session) => removeRows(session, t, "k"))).toBe(0n);
    expect(await contents(t, "k")).toEqual([]);
  });

  it("SPEC 10.2: answers with a code what no row can be, and writes nothing", async () => {
    await create("t", "id", "a");
    const t = await opened("t");
    const mark = overlay.savepoint();
    const long = "k".repeat(256);
    const some = values({ a: "1" });
    expect(await run((session) => insertRow(session, t, long, some))).toBe(-50005n);
    expect(await run((session) => updateRows(session, t, long, some))).toBe(-50005n);
    expect(await run((session) => removeRows(session, t, long))).toBe(-50005n);
    expect(await contents(t, long)).toEqual([]);
    for (const name of ["b", "A", "_id_", "_num_", "", "__proto__"]) {
      expect(await run((session) => insertRow(session, t, "k", values({ [name]: "1" })))).toBe(-50008n);
    }
    const huge = new Map([["a", new Uint8Array(16 * 1024 * 1024)]]);
    expect(await run((session) => insertRow(session, t, "k", huge))).toBe(-50006n);
    expect(await run((session) => updateRows(session, t, "k", values({ id: "other" })))).toBe(-51503n);
    expect(overlay.savepoint()).toBe(mark);
  });

  it("SPEC 10.2: needs the right to the table, and to _sys_tables_ to create one", async () => {
    await create("t", "id", "a");
    const t = await opened("t");
    const address = `0x${"99".repeat(20)}`;
    for (const table of ["u_t", TABLES.tables]) {
      await overlay.load([{ table: TABLES.tableAccess, key: utf8.encode(table) }]);
      overlay.insert(TABLES.tableAccess, utf8.encode(table), values({ address, enable_num: "1" }));
    }
    const some = values({ a: "1" });
    expect(await create("u", "id", "a")).toBe(-50000n);
    expect(await run((session) => insertRow(session, t, "k", some))).toBe(-50000n);
    expect(await run((session) => updateRows(session, t, "k", some))).toBe(-50000n);
    expect(await run((session) => removeRows(session, t, "k"))).toBe(-50000n);
    expect(await run((session) => setRow(session, t, "k", some))).toBe(-50000n);
    expect(await contents(t, "k")).toEqual([]);
  });

  it("SPEC 10.3: refuses a condition on what is no field", async () => {
    await create("t", "id", "a");
    const t = await opened("t");
    for (const field of ["b", "_id_", "_num_", "_status_", "A"]) {
      const condition = where([field, "EQ", "1"]);
      const refused = { code: "REVERTED", message: "the condition names no field of the table" };
      await expect(run((session) => selectRows(session, t, "k", condition))).rejects.toMatchObject(refused);
      await expect(run((session) => removeRows(session, t, "k", condition))).rejects.toMatchObject(refused);
    }
  });

  it("SPEC 10.4: a key holds 100,000 rows and 32 MiB", async () => {
    await create("t", "id", "a");
    const t = await opened("t");
    const fill = (rows: number, bytes: number) =>
      Array.from({ length: rows }, (_, i) => ({
        key: utf8.encode("k"),
        row: i + 1,
        fields: [new Uint8Array(bytes), new Uint8Array(8)],
      }));
    stored.set("u_t/rows", fill(100_000, 0));
    stored.set("u_t/bytes", fill(32, 1024 * 1024));
    const add = (key: string, a: string) => run((session) => insertRow(session, t, key, values({ a })));
    await expect(add("rows", "")).rejects.toMatchObject({ message: "a key has at most 100000 rows" });
    const tooMuch = { message: "the rows of a key have at most 33554432 bytes" };
    await expect(add("bytes", "x")).rejects.toMatchObject(tooMuch);
    expect(await add("bytes", "")).toBe(1n);
    const longer = new Map([["a", new Uint8Array(1024 * 1024 + 1)]]);
    const first: Condition = { limit: { offset: 0, count: 1 } };
    await expect(run((session) => updateRows(session, t, "bytes", longer, first))).rejects.toMatchObject(tooMuch);
    expect(await run((session) => updateRows(session, t, "bytes", values({ a: "" }), first))).toBe(1n);
    expect(await add("bytes", "x")).toBe(1n);
  });

  it("SPEC 10.4: a row has 8 MiB, so that every server takes it in one statement", async () => {
    await create("t", "id", "a,b");
    const t = await opened("t");
    const half = new Uint8Array(4 * 1024 * 1024);
    const more = new Uint8Array(half.length + 1);
    const add = (a: Uint8Array, b: Uint8Array) => {
      const row = new Map([
        ["a", a],
        ["b", b],
      ]);
      return run((session) => insertRow(session, t, "k", row), 10_000_000_000n);
    };
    const change = (b: Uint8Array) =>
      run((session) => updateRows(session, t, "k", new Map([["b", b]])), 10_000_000_000n);
    const tooMuch = { message: "a row has at most 8388608 bytes" };
    await expect(add(half, more)).rejects.toMatchObject(tooMuch);
    expect(await add(half, half)).toBe(1n);
    await expect(change(more)).rejects.toMatchObject(tooMuch);
    expect(await change(half)).toBe(1n);
  });

  it("SPEC 10.5: pays for every row under the key, field and comparison, for what is written and what is kept", async () => {
    await create("t", "id", "a,b");
    const t = await opened("t");
    const gasOf = async <T>(operation: (session: SystemSession) => Steps<T>): Promise<bigint> => {
      await run(operation);
      return used;
    };
    const select = (condition?: Condition) => gasOf((session) => selectRows(session, t, "k", condition));
    expect(await select()).toBe(SYSTEM_GAS.key);
    const add = values({ a: "x".repeat(40), b: "yy" });
    for (let i = 0; i < 3; i++) await run((session) => insertRow(session, t, "k", add));
    const scan = SYSTEM_GAS.key + 3n * (SYSTEM_GAS.row + 2n * SYSTEM_GAS.field + 3n * SYSTEM_GAS.word);
    expect(await select()).toBe(scan);
    const two = where(["a", "NE", ""], ["b", "EQ", "zz"]);
    const compared = 6n * SYSTEM_GAS.comparison + 3n * SYSTEM_GAS.word;
    expect(await select(two)).toBe(scan + compared);
    const long = where(["a", "NE", "z".repeat(100)]);
    expect(await select(long)).toBe(scan + 3n * (SYSTEM_GAS.comparison + 4n * SYSTEM_GAS.word));
    const right = (await gasOf((session) => removeRows(session, t, "k", two))) - scan - compared;
    const change = await gasOf((session) => updateRows(session, t, "k", values({ b: "zzz" })));
    const written = SYSTEM_GAS.write + 3n * SYSTEM_GAS.byte + 40n * SYSTEM_GAS.keptByte;
    expect(change).toBe(right + scan + 3n * written);
    const scanned = (await select()) + right;
    expect(await gasOf((session) => removeRows(session, t, "k"))).toBe(scanned + 3n * SYSTEM_GAS.remove);
  });

  it("SPEC 2.4: reads no more rows of a key than its gas pays for", async () => {
    await create("t", "id", "a");
    const t = await opened("t");
    stored.set(
      "u_t/k",
      Array.from({ length: 10_000 }, (_, i) => ({
        key: utf8.encode("k"),
        row: i + 1,
        fields: [utf8.encode("1"), new Uint8Array(8)],
      })),
    );
    const outOfGas = { code: "OUT_OF_GAS" };
    await expect(run((session) => selectRows(session, t, "k"), 102_100n)).rejects.toMatchObject(outOfGas);
    expect(asked.at(-1)!.most).toEqual({ rows: 500, bytes: Math.floor(100_000 / 3) * 32 });
    expect(overlay.peek("u_t", utf8.encode("k"))).toBeUndefined();
    // The same rows in memory make no difference.
    expect(await contents(t, "k")).toHaveLength(10_000);
    await expect(run((session) => selectRows(session, t, "k"), 102_100n)).rejects.toMatchObject(outOfGas);
    expect(used).toBe(102_100n);
  });

  it("SPEC 2.5: reads no more than 256 MiB of rows in a transaction, wherever they are", async () => {
    await create("t", "id", "a");
    await opened("t");
    const fields = [new Uint8Array(16 * 1024 * 1024 - 1), new Uint8Array(8)];
    for (const id of ["1", "2", "3"]) {
      stored.set(
        `u_t/${id}`,
        Array.from({ length: 6 }, (_, i) => ({ key: utf8.encode(id), row: i + 1, fields })),
      );
    }
    const read = (id: string) => run((session) => session.read("u_t", utf8.encode(id)), 100_000_000n);
    const outOfGas = { code: "OUT_OF_GAS" };
    for (const id of ["1", "2", "1", "2"]) expect(await read(id)).toBe(6);
    await expect(read("3")).rejects.toMatchObject(outOfGas);
    await overlay.load([{ table: "u_t", key: utf8.encode("3") }]);
    await expect(read("3")).rejects.toMatchObject(outOfGas);
    expect(await read("1")).toBe(6);
    overlay.beginTransaction();
    await opened("t");
    expect(await read("3")).toBe(6);
  });

  it("SPEC 10.6: keeps one row a key where the table says so", async () => {
    await create("kv", "id", "a,b", true);
    const t = await opened("kv");
    expect(await run((session) => setRow(session, t, "k", values({ a: "1" })))).toBe(1n);
    expect(await run((session) => setRow(session, t, "k", values({ b: "2" })))).toBe(1n);
    expect(await contents(t, "k")).toEqual(["1|2"]);
    expect(await run((session) => insertRow(session, t, "k", values({ a: "9" })))).toBe(0n);
    expect(await run((session) => insertRow(session, t, "l", values({ a: "9" })))).toBe(1n);
    expect(await contents(t, "k")).toEqual(["1|2"]);
    expect(
      overlay
        .batch()
        .filter(({ table }) => table === "u_kv")
        .map(({ row }) => row),
    ).toEqual([0, 0]);
  });
});
