import { type Height, type RowOp, toHex } from "@fb/types";
import { expect } from "vitest";
import { generator } from "../generator.ts";
import { type BackendContext, collect, show, USER } from "./context.ts";

/** Random blocks over few keys, checked as a whole after each, across restarts. */
export async function compareRandomBlocks({ backend, reopen }: BackendContext): Promise<void> {
  const model = new Map<string, string>();
  const random = generator(1);
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
