import type { StorageBackend, TableRow } from "@fb/types";
import { expect, it } from "vitest";
import {
  type BackendContext,
  collect,
  drop,
  MULTI,
  NEIGHBOURS,
  numberKey,
  put,
  show,
  text,
  UNIQUE,
  USER,
} from "./context.ts";

const CONTRACT = `c_${"0a".repeat(20)}`;

/** All rows at once: taken at one height, and put into an empty backend. */
export function describeWhole({ backend, reopen }: BackendContext): void {
  it("hands out every row of one height in order, while commits go on (storage-amdb SPEC 4.4)", async () => {
    await backend().commit(0, [
      put(USER, text("b"), 2, "later"),
      put(USER, text("b"), 1, "first", "second"),
      put(CONTRACT, text("account"), 0, "x"),
      put(UNIQUE, numberKey(7), 0, ""),
      put(MULTI, text(""), 1, "empty key"),
      put(NEIGHBOURS[0], text("name"), 1, "before"),
    ]);
    const snapshot = await backend().snapshot();
    await backend().commit(1, [drop(USER, text("b"), 1), put(USER, text("a"), 1, "new")]);
    expect(snapshot.height).toBe(0);
    const rows = await collect(snapshot.rows);
    expect(rows.map(({ table }) => table)).toEqual([NEIGHBOURS[0], UNIQUE, MULTI, CONTRACT, USER, USER]);
    expect(show(rows).slice(-2)).toEqual(
      show([
        { key: text("b"), row: 1, fields: [text("first"), text("second")] },
        { key: text("b"), row: 2, fields: [text("later")] },
      ]),
    );
    await snapshot.close();
    await snapshot.close();
  });

  it("hands out all of a store larger than a page, and lets go in the middle (storage-amdb SPEC 4.4)", async () => {
    const value = "v".repeat(10_000);
    const many = Array.from({ length: 100 }, (_, i) => put(UNIQUE, numberKey(i), 0, value));
    await backend().commit(0, [...many, put(USER, text("last"), 1, value)]);
    const whole = await backend().snapshot();
    expect(await collect(whole.rows)).toHaveLength(101);
    const left = await backend().snapshot();
    for await (const _ of left.rows) break;
    await left.close();
  });

  it("is filled with the rows of a snapshot, and goes on from there (storage-amdb SPEC 4.5)", async () => {
    await backend().fill(41, rowsOf(put(MULTI, text("k"), 3, "three"), put(USER, text("a"), 1, "one")));
    expect(backend().height()).toBe(41);
    await backend().commit(42, [put(USER, text("a"), 2, "two")]);
    await reopen();
    expect(backend().height()).toBe(42);
    expect(show(await backend().rows(USER, text("a")))).toHaveLength(2);
    expect(show(await collect(backend().scan(MULTI)))).toEqual(
      show([{ key: text("k"), row: 3, fields: [text("three")] }]),
    );
    await expect(backend().fill(50, rowsOf())).rejects.toMatchObject({ code: "HEIGHT_OUT_OF_ORDER" });
    expect(await everything(backend())).toHaveLength(3);
  });

  it("is empty and takes no block when filling was broken off, until it is filled anew (storage-amdb SPEC 4.5)", async () => {
    const broken = async function* () {
      yield* rowsOf(put(UNIQUE, numberKey(1), 0, "stale"), put(USER, text("a"), 1, "stale"));
      throw new TypeError("cut");
    };
    await expect(backend().fill(3, broken())).rejects.toThrow("cut");
    for (const again of [async () => undefined, reopen]) {
      await again();
      expect(backend().height()).toBe(-1);
      await expect(backend().commit(0, [])).rejects.toMatchObject({ code: "STORAGE_INCOMPLETE" });
    }
    await backend().fill(4, rowsOf(put(USER, text("b"), 1, "whole")));
    await reopen();
    expect(backend().height()).toBe(4);
    expect((await everything(backend())).map(({ table }) => table)).toEqual([USER]);
    await backend().commit(5, []);
  });
}

async function* rowsOf(...ops: ReturnType<typeof put>[]): AsyncIterable<TableRow> {
  for (const { table, key, row, fields } of ops) yield { table, key, row, fields: fields! };
}

async function everything(backend: StorageBackend): Promise<TableRow[]> {
  const { rows } = await backend.snapshot();
  return collect(rows);
}
