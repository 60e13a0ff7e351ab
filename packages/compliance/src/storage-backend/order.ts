import { toHex } from "@fb/types";
import { beforeEach, expect, it } from "vitest";
import { type BackendContext, collect, drop, MULTI, NEIGHBOURS, put, show, text } from "./context.ts";

/** Scans: order, ranges, one point in time. */
export function describeOrder({ backend }: BackendContext): void {
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
    await backend().commit(0, [...ops.toReversed(), ...NEIGHBOURS.map((table) => put(table, text("a"), 1, "other"))]);
  });
  const all = bytes.flatMap((key) => [`${toHex(key)}/1=31`, `${toHex(key)}/2=32`]);

  it("scans a table in bytewise order of keys, and nothing of its neighbours (storage-amdb SPEC 1.1)", async () => {
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

  it("scans one point in time while commits go on, and may be left early (storage-amdb SPEC 4.3)", async () => {
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
