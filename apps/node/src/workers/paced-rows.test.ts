import { createThreadShare } from "@fb/runtime";
import type { TableRow } from "@fb/types";
import { expect, it } from "vitest";
import { pacedRows } from "./paced-rows.ts";

const ROWS = 5000;

/** Rows that are all there at once: nothing but the lane makes their reader wait. */
async function* rows(): AsyncIterable<TableRow> {
  for (let row = 0; row < ROWS; row++)
    yield { table: "u_t", key: new Uint8Array(8), row, fields: [new Uint8Array(1000)] };
}

it("lets the thread do other work between slices, and what is read for others have its turns", async () => {
  const [lane] = createThreadShare({ sliceMs: 1, lanes: 1 });
  let isOver = false;
  let turns = 0;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  let served = 0;
  const reads = (async () => {
    for (; !isOver; served++) await (lane!.take("reads", 500) ?? new Promise(setImmediate));
  })();
  let read = 0;
  for await (const _ of pacedRows(rows(), { lane: lane!, signal: new AbortController().signal })) read++;
  isOver = true;
  await reads;
  expect(read).toBe(ROWS);
  // Ten microseconds a row are fifty slices of a millisecond.
  expect(turns).toBeGreaterThan(40);
  expect(served).toBeGreaterThan(40);
});

it("ends with the reason of its signal", async () => {
  const [lane] = createThreadShare({ sliceMs: 1, lanes: 1 });
  const stop = new AbortController();
  const reason = new TypeError("enough");
  const reading = (async () => {
    for await (const { row } of pacedRows(rows(), { lane: lane!, signal: stop.signal }))
      if (row === 9) stop.abort(reason);
  })();
  await expect(reading).rejects.toBe(reason);
});
