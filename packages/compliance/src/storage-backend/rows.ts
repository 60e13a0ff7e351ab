import { toHex } from "@fb/types";
import { expect, it } from "vitest";
import { type BackendContext, collect, drop, MULTI, numberKey, put, show, text, UNIQUE, USER } from "./context.ts";

/** Single rows and rows of a key: kept as they are, over a restart. */
export function describeRows({ backend, reopen }: BackendContext): void {
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
