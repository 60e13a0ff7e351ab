import type { RowOp } from "@fb/types";

const VALUE_BYTES = 32;
const TABLES = Array.from({ length: 100 }, (_, i) => `c_${i.toString(16).padStart(40, "0")}`);

/** The rows of one block: slots of a hundred contracts, as a thousand transfers write them, contract by contract as a state does. */
export function rowsOfBlock(height: number, count: number): RowOp[] {
  return Array.from({ length: count }, (_, i) => {
    const n = height * count + i;
    const key = new Uint8Array(32);
    // In no order, as hashes are.
    new DataView(key.buffer).setUint32(0, Math.imul(n, 0x9e37_79b1) >>> 0);
    new DataView(key.buffer).setUint32(4, n);
    const table = TABLES[Math.floor((i * TABLES.length) / count)]!;
    return { table, key, row: 0, fields: [new Uint8Array(VALUE_BYTES).fill(n)] };
  });
}
