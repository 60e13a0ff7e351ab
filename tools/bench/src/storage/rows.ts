import type { RowOp } from "@fb/types";

const VALUE_BYTES = 32;

/** The rows of one block: slots of a hundred contracts, as a thousand transfers write them. */
export function rowsOfBlock(height: number, count: number): RowOp[] {
  return Array.from({ length: count }, (_, i) => {
    const n = height * count + i;
    const key = new Uint8Array(32);
    // Spread over the tables, as hashes are.
    new DataView(key.buffer).setUint32(0, Math.imul(n, 0x9e37_79b1) >>> 0);
    new DataView(key.buffer).setUint32(4, n);
    return { table: tableOf(n), key, row: 0, fields: [new Uint8Array(VALUE_BYTES).fill(n)] };
  });
}

function tableOf(n: number): string {
  return `c_${(n % 100).toString(16).padStart(40, "0")}`;
}
