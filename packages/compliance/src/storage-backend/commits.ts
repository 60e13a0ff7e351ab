import { toHex } from "@fb/types";
import { expect, it } from "vitest";
import { type BackendContext, drop, numberKey, put, show, text, UNIQUE, USER } from "./context.ts";

/** Heights once and in order, one commit at a time, and never rows of a height that is not told. */
export function describeCommits({ backend, reopen }: BackendContext): void {
  it("takes heights once and in order (storage-amdb SPEC 4.2)", async () => {
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

  it("refuses a second commit while one is under way (storage-amdb SPEC 4.2)", async () => {
    const first = backend().commit(0, [put(USER, text("a"), 1, "first")]);
    await expect(backend().commit(1, [put(USER, text("a"), 1, "second")])).rejects.toMatchObject({
      code: "HEIGHT_OUT_OF_ORDER",
      fields: { busy: true },
    });
    await first;
    expect(backend().height()).toBe(0);
    expect(show(await backend().rows(USER, text("a")))).toEqual([`61/1=${toHex(text("first"))}`]);
  });

  it("hands over a read that overlaps a commit only when the height has moved (storage-amdb SPEC 4.3)", async () => {
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
