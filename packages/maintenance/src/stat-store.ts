import { STATE_KEYS } from "@fb/blockchain";
import { keyNumber, TABLES } from "@fb/storage-amdb";
import { decodeGenesis, type Height, type StateType } from "@fb/types";
import { maintenanceError } from "./errors.ts";
import type { StoreDeps } from "./ports.ts";
import { TableCounts, type TableStats } from "./table-stats.ts";

export interface StoreStats {
  readonly height: Height;
  /** Null when the genesis cannot be read. */
  readonly stateType: StateType | null;
  readonly transactions: number;
  readonly rows: number;
  /** Of keys and fields; what the backend needs for them is its own affair. */
  readonly bytes: number;
  /** In the order of their names. */
  readonly tables: readonly TableStats[];
}

/** Counts what a store holds. Rejects with STORE_EMPTY and with what storage rejects with. */
export async function statStore({ backend, onProgress, signal }: Omit<StoreDeps, "suite">): Promise<StoreStats> {
  const height = backend.height();
  if (height < 0) throw maintenanceError("STORE_EMPTY", "the store holds no block");
  const value = async (key: Uint8Array) => (await backend.rows(TABLES.currentState, key))[0]?.fields[0];
  const [genesis, transactions] = [await value(STATE_KEYS.genesis), await value(STATE_KEYS.transactions)];
  const counts = new TableCounts();
  const snapshot = await backend.snapshot();
  try {
    for await (const row of snapshot.rows) {
      counts.add(row);
      if (counts.rows % 1024 !== 0) continue;
      signal.throwIfAborted();
      onProgress({ step: "rows", done: counts.rows, total: null, unit: "rows" });
    }
  } finally {
    await snapshot.close();
  }
  const tables = counts.all();
  return {
    height,
    stateType: genesis === undefined ? null : (decodeGenesis(genesis)?.stateType ?? null),
    transactions: transactions?.length === 8 ? keyNumber(transactions) : 0,
    rows: counts.rows,
    bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
    tables,
  };
}
