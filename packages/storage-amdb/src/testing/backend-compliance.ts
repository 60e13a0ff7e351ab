import { type Height, type RowOp, type StorageBackend, type StoredRow, toHex } from "@fb/types";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { numberKey, TABLES } from "../system-tables.ts";

/** Storage that outlives the backends opened over it. */
export interface BackendFixture {
  /** Opens it; an earlier backend was closed before. */
  open(): Promise<StorageBackend>;
  dispose(): Promise<void>;
}

const MULTI = TABLES.config;
const UNIQUE = TABLES.code;
const USER = "u_accounts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const show = (rows: Iterable<StoredRow>): string[] =>
  Array.from(rows, ({ key, row, fields }) => `${toHex(key)}/${row}=${fields.map(toHex).join(",")}`);

function put(table: string, key: Uint8Array, row: number, ...values: string[]): RowOp {
  return { table, key, row, fields: values.map(text) };
}

function drop(table: string, key: Uint8Array, row: number): RowOp {
  return { table, key, row, fields: null };
}

async function collect(rows: AsyncIterable<StoredRow>): Promise<StoredRow[]> {
  const all: StoredRow[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** What every {@link StorageBackend} must do (contracts/storage.ts). */
export function describeBackend(name: string, factory: () => Promise<BackendFixture>): void {
  describe(`${name} as a storage backend`, () => {
    let fixture: BackendFixture;
    let backend: StorageBackend;
    const reopen = async (): Promise<void> => {
      await backend.close();
      backend = await fixture.open();
    };

    beforeEach(async () => {
      fixture = await factory();
      backend = await fixture.open();
    });
    afterEach(async () => {
      await backend.close();
      await fixture.dispose();
    });

    const context = { backend: () => backend, reopen };
    rows(context);
    describe("in order", () => order(context));
    commits(context);
    misuse(context);
    it("agrees with a sorted map on random blocks", () => compareWithMap(context));
  });
}

interface Context {
  backend(): StorageBackend;
  reopen(): Promise<void>;
}

function rows({ backend, reopen }: Context): void {
  it("starts empty", async () => {
    expect(backend().height()).toBe(-1);
    expect(await backend().rows(MULTI, text("a"))).toEqual([]);
    expect(await collect(backend().scan(MULTI))).toEqual([]);
  });

  it("keeps, replaces and removes rows across a restart", async () => {
    await backend().commit(0, [
      put(MULTI, text("a"), 2, "two"),
      put(MULTI, text("a"), 1, "one", ""),
      put(UNIQUE, text("a"), 0, "code"),
    ]);
    await backend().commit(1, [put(MULTI, text("a"), 2, "TWO"), drop(MULTI, text("a"), 1), drop(MULTI, text("z"), 1)]);
    for (const restart of [false, true]) {
      if (restart) await reopen();
      expect(backend().height()).toBe(1);
      expect(show(await backend().rows(MULTI, text("a")))).toEqual([`61/2=${toHex(text("TWO"))}`]);
      expect(show(await backend().rows(UNIQUE, text("a")))).toEqual([`61/0=${toHex(text("code"))}`]);
    }
  });

  it("gives rows of a key in ascending id, also beyond 32 bits", async () => {
    const ids = [2 ** 40, 1, 2 ** 32, 255, 256, 65_536];
    await backend().commit(
      0,
      ids.map((row) => put(MULTI, text("a"), row, String(row))),
    );
    const found = await backend().rows(MULTI, text("a"));
    expect(found.map(({ row }) => row)).toEqual(ids.toSorted((a, b) => a - b));
  });

  it("answers many keys in the order asked, repeats included", async () => {
    const keys = Array.from({ length: 50 }, (_, i) => numberKey(i * 3));
    for (const table of [UNIQUE, USER]) {
      const height = backend().height() + 1;
      await backend().commit(
        height,
        keys.map((key, i) => put(table, key, 0, String(i))),
      );
      const asked = [keys[49]!, numberKey(1), keys[0]!, keys[49]!, ...keys];
      const found = await backend().rowsMany(table, asked);
      expect(found.map((some) => (some[0] === undefined ? null : new TextDecoder().decode(some[0].fields[0])))).toEqual(
        ["49", null, "0", "49", ...keys.map((_, i) => String(i))],
      );
      expect(found.flat().every((row, i, all) => i === 0 || all[0]!.row === row.row)).toBe(true);
    }
  });

  it("keeps bytes as they are: empty, zeros, all values, long", async () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const keys = [new Uint8Array(0), new Uint8Array(1), new Uint8Array(8), new Uint8Array(9), all.slice(0, 255)];
    const long = new Uint8Array(3_000_000).fill(7);
    await backend().commit(
      0,
      keys.map((key) => ({ table: USER, key, row: 1, fields: [all, new Uint8Array(0), long] })),
    );
    for (const key of keys) {
      const [row] = await backend().rows(USER, key);
      expect(row!.fields.map((field) => field.length)).toEqual([256, 0, 3_000_000]);
      expect(row!.fields[0]).toEqual(all);
    }
    expect((await backend().rows(USER, new Uint8Array(2))).length).toBe(0);
  });

  it("owns its bytes: changing the caller's arrays later changes nothing", async () => {
    const key = text("key");
    const field = text("field");
    await backend().commit(0, [{ table: USER, key, row: 1, fields: [field] }]);
    key[0] = 0;
    field[0] = 0;
    expect(show(await backend().rows(USER, text("key")))).toEqual([`${toHex(text("key"))}/1=${toHex(text("field"))}`]);
  });
}

function order({ backend }: Context): void {
  const keys = [
    "",
    "\0",
    "\0\0",
    "a",
    "a\0",
    "a\0\0\0\0\0\0\0",
    "a\0\0\0\0\0\0\0\0",
    "aaaaaaaa",
    "aaaaaaaab",
    "b",
    "\xff",
  ];
  const bytes = keys.map((key) => Uint8Array.from(key, (char) => char.charCodeAt(0)));

  beforeEach(async () => {
    const ops = bytes.flatMap((key) => [put(MULTI, key, 2, "2"), put(MULTI, key, 1, "1")]);
    await backend().commit(0, [
      ...ops.toReversed(),
      put(TABLES.cns, text("a"), 1, "other"),
      put(TABLES.consensus, text("a"), 1, "other"),
    ]);
  });
  const all = bytes.flatMap((key) => [`${toHex(key)}/1=31`, `${toHex(key)}/2=32`]);

  it("scans a table in bytewise order of keys, and nothing of its neighbours", async () => {
    expect(show(await collect(backend().scan(MULTI)))).toEqual(all);
    expect(show(await collect(backend().scan(MULTI, { reverse: true })))).toEqual(all.toReversed());
  });

  it("scans from a key on, up to before a key, with a limit", async () => {
    for (let from = 0; from < bytes.length; from++) {
      for (let to = from; to < bytes.length; to++) {
        const range = { from: bytes[from]!, to: bytes[to]! };
        expect(show(await collect(backend().scan(MULTI, range)))).toEqual(all.slice(2 * from, 2 * to));
      }
    }
    const last = await collect(backend().scan(MULTI, { reverse: true, limit: 3, to: bytes[3]! }));
    expect(show(last)).toEqual(all.slice(3, 6).toReversed());
    expect(await collect(backend().scan(MULTI, { limit: 0 }))).toEqual([]);
  });

  it("scans one point in time while commits go on, and may be left early", async () => {
    const seen: string[] = [];
    for await (const row of backend().scan(MULTI)) {
      if (seen.length === 0)
        await backend().commit(1, [...bytes.map((key) => drop(MULTI, key, 1)), put(MULTI, text("zz"), 1, "new")]);
      seen.push(...show([row]));
    }
    expect(seen).toEqual(all);
    for await (const row of backend().scan(MULTI)) {
      expect(row.row).toBe(2);
      break;
    }
  });
}

function commits({ backend, reopen }: Context): void {
  it("takes heights once and in order", async () => {
    for (const height of [1, -1, 2]) {
      await expect(backend().commit(height, [])).rejects.toMatchObject({ code: "HEIGHT_OUT_OF_ORDER" });
    }
    await backend().commit(0, []);
    await expect(backend().commit(0, [])).rejects.toMatchObject({ code: "HEIGHT_OUT_OF_ORDER" });
    await backend().commit(1, []);
    await reopen();
    expect(backend().height()).toBe(1);
    await expect(backend().commit(1, [])).rejects.toMatchObject({ code: "HEIGHT_OUT_OF_ORDER" });
  });

  it("refuses a second commit while one is under way", async () => {
    const first = backend().commit(0, [put(USER, text("a"), 1, "first")]);
    await expect(backend().commit(1, [put(USER, text("a"), 1, "second")])).rejects.toMatchObject({
      code: "HEIGHT_OUT_OF_ORDER",
      fields: { busy: true },
    });
    await first;
    expect(backend().height()).toBe(0);
    expect(show(await backend().rows(USER, text("a")))).toEqual([`61/1=${toHex(text("first"))}`]);
  });

  it("hands over a read that overlaps a commit only when the height has moved", async () => {
    const keys = Array.from({ length: 200 }, (_, i) => numberKey(i));
    await backend().commit(0, []);
    const commit = backend().commit(
      1,
      keys.map((key) => put(UNIQUE, key, 0, "new")),
    );
    const reads = keys.map(async (key) => {
      const found = await backend().rows(UNIQUE, key);
      if (found.length > 0) expect(backend().height()).toBe(1);
    });
    await Promise.all([commit, ...reads]);
  });

  it("applies the last operation of a batch on a row", async () => {
    await backend().commit(0, [put(USER, text("a"), 1, "x"), drop(USER, text("a"), 1), put(USER, text("a"), 1, "y")]);
    expect(show(await backend().rows(USER, text("a")))).toEqual([`61/1=${toHex(text("y"))}`]);
  });
}

function misuse({ backend }: Context): void {
  const bad: [string, RowOp][] = [
    ["a table outside the rules", put("nonsense", text("a"), 1, "x")],
    ["a table name with upper case", put("u_Accounts", text("a"), 1, "x")],
    ["a contract table that is no address", put("c_12", text("a"), 0, "x")],
    ["a key that is too long", put(USER, new Uint8Array(256), 1, "x")],
    ["a row id in a key-unique table", put(UNIQUE, text("a"), 1, "x")],
    ["a negative row id", put(USER, text("a"), -1, "x")],
    ["a row id that is no integer", put(USER, text("a"), 1.5, "x")],
    ["a field that is too long", { table: USER, key: text("a"), row: 1, fields: [new Uint8Array(16 * 1024 * 1024)] }],
  ];
  it.each(bad)("refuses %s and keeps nothing of the batch", async (_, op) => {
    await expect(backend().commit(0, [put(USER, text("good"), 1, "x"), op])).rejects.toMatchObject({
      code: "ROW_INVALID",
    });
    expect(backend().height()).toBe(-1);
    expect(await backend().rows(USER, text("good"))).toEqual([]);
    await backend().commit(0, []);
  });

  it("refuses to read tables and keys outside the rules", async () => {
    await expect(backend().rows("nonsense", text("a"))).rejects.toMatchObject({ code: "ROW_INVALID" });
    await expect(backend().rows(USER, new Uint8Array(256))).rejects.toMatchObject({ code: "ROW_INVALID" });
    await expect(collect(backend().scan("nonsense"))).rejects.toMatchObject({ code: "ROW_INVALID" });
  });

  it("closes after what is under way and then refuses everything", async () => {
    const commit = backend().commit(0, [put(USER, text("a"), 1, "x")]);
    const read = backend().rows(USER, text("a"));
    await Promise.all([backend().close(), backend().close()]);
    await Promise.all([commit, read]);
    const closed = { code: "STORAGE_CLOSED" };
    await expect(backend().rows(USER, text("a"))).rejects.toMatchObject(closed);
    await expect(backend().commit(1, [])).rejects.toMatchObject(closed);
    await expect(collect(backend().scan(USER))).rejects.toMatchObject(closed);
    expect(backend().height()).toBe(0);
  });

  it("ends a scan when it is closed under it", async () => {
    await backend().commit(0, [put(USER, text("a"), 1, "x"), put(USER, text("b"), 1, "x")]);
    const scan = backend().scan(USER)[Symbol.asyncIterator]();
    await scan.next();
    await backend().close();
    await expect(scan.next()).rejects.toMatchObject({ code: "STORAGE_CLOSED" });
  });
}

/** Random blocks over few keys, checked as a whole after each, across restarts. */
async function compareWithMap({ backend, reopen }: Context): Promise<void> {
  const model = new Map<string, string>();
  let state = 12345;
  const random = (bound: number): number => {
    state = (state * 48271) % 2147483647;
    return state % bound;
  };
  for (let height: Height = 0; height < 30; height++) {
    const batch: RowOp[] = [];
    for (let n = random(30); n > 0; n--) {
      const key = new Uint8Array(random(12)).map(() => random(3));
      const row = random(4);
      const fields =
        random(4) === 0 ? null : Array.from({ length: random(3) }, () => new Uint8Array(random(5)).fill(n));
      batch.push({ table: USER, key, row, fields });
    }
    await backend().commit(height, batch);
    for (const { key, row, fields } of batch) {
      const id = `${toHex(key)}/${row}`;
      if (fields === null) model.delete(id);
      else model.set(id, `${id}=${fields.map(toHex).join(",")}`);
    }
    if (random(6) === 0) await reopen();
    const expected = [...model.keys()].sort((a, b) => compareIds(a, b)).map((id) => model.get(id)!);
    expect(show(await collect(backend().scan(USER)))).toEqual(expected);
  }
}

function compareIds(a: string, b: string): number {
  const [keyA, rowA] = a.split("/") as [string, string];
  const [keyB, rowB] = b.split("/") as [string, string];
  return keyA === keyB ? Number(rowA) - Number(rowB) : keyA < keyB ? -1 : 1;
}
