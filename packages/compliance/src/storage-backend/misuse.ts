import type { RowOp } from "@fb/types";
import { expect, it } from "vitest";
import { type BackendContext, collect, put, text, UNIQUE, USER } from "./context.ts";

/** What breaks the rules of tables, and use after the end. */
export function describeMisuse({ backend }: BackendContext): void {
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
  it.each(bad)("refuses %s and keeps nothing of the batch (storage-amdb SPEC 1.2, 1.3)", async (_, op) => {
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
