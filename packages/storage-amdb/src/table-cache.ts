import type { Gauge } from "@fb/runtime";
import type { LoadBound, RowOp, StorageBackend, StoredRow, TableLoad } from "@fb/types";
import type { TableCacheOptions } from "./options.ts";
import type { RowSource } from "./ports.ts";
import { type BoundedRows, readBounded } from "./read-bounded.ts";
import { rowKey } from "./row-key.ts";

/** Rows of the committed head, shared by everything that executes over it. */
export interface TableCache extends RowSource {
  /** Follows the durable batch of the next height. Must be called right after the backend's commit resolved. */
  committed(batch: readonly RowOp[]): void;
}

interface CachedKey {
  /** Null = not in memory, but more than whoever asked for them could have; at least `least`. */
  readonly rows: readonly StoredRow[] | null;
  readonly least: LoadBound;
  /** Of memory. */
  readonly bytes: number;
}

const KEY_OVERHEAD_BYTES = 200;
const FIELD_OVERHEAD_BYTES = 120;
const NOTHING_SEEN: LoadBound = { rows: 0, bytes: 0 };

/** Write-through cache of rows at the head; all rows of a key are cached or none. */
export function createTableCache(options: TableCacheOptions): TableCache {
  return new LruTableCache(options);
}

class LruTableCache implements TableCache {
  readonly #backend: Pick<StorageBackend, "rowsMany" | "scan">;
  readonly #maxBytes: number;
  readonly #bytesGauge: Gauge;
  readonly #hits: { inc(labels?: undefined, value?: number): void };
  readonly #misses: { inc(labels?: undefined, value?: number): void };
  /** In order of use, least recent first. */
  readonly #keys = new Map<string, CachedKey>();
  /** Loads under way, with the keys committed since they began. */
  readonly #loading = new Set<Map<string, true>>();
  #bytes = 0;
  #hitCount = 0;
  #missCount = 0;

  constructor({ backend, maxBytes, metrics }: TableCacheOptions) {
    this.#backend = backend;
    this.#maxBytes = maxBytes;
    this.#bytesGauge = metrics.gauge("fb_storage_table_cache_bytes", "Bytes of cached table rows at the head");
    this.#hits = metrics.counter("fb_storage_table_cache_hits_total", "Table keys answered from memory");
    this.#misses = metrics.counter("fb_storage_table_cache_misses_total", "Table keys not in memory");
  }

  peek(table: string, key: Uint8Array): readonly StoredRow[] | undefined {
    const rows = this.#used(rowKey(table, key))?.rows ?? undefined;
    if (rows === undefined) this.#missCount++;
    else this.#hitCount++;
    return rows;
  }

  async load(loads: readonly TableLoad[]): Promise<readonly (readonly StoredRow[] | null)[]> {
    const results = loads.map((load) => this.#known(load));
    const seen: LoadBound[] = loads.map(() => NOTHING_SEEN);
    let missing = loads.map((_, i) => i).filter((i) => results[i] === undefined);
    while (missing.length > 0) {
      const changed = new Map<string, true>();
      this.#loading.add(changed);
      try {
        await this.#read(loads, missing, (i, read) => {
          results[i] = read.rows;
          seen[i] = read.seen;
        });
      } finally {
        this.#loading.delete(changed);
      }
      // A key committed meanwhile may have been read before or after: read it again.
      const again: number[] = [];
      for (const i of missing) {
        const { table, key } = loads[i]!;
        const id = rowKey(table, key);
        const rows = results[i]!;
        if (changed.has(id)) again.push(i);
        else this.#put(id, rows, seen[i]!);
      }
      missing = again;
    }
    this.#evict();
    return results as (readonly StoredRow[] | null)[];
  }

  committed(batch: readonly RowOp[]): void {
    const byKey = new Map<string, RowOp[]>();
    for (const op of batch) {
      const id = rowKey(op.table, op.key);
      for (const changed of this.#loading) changed.set(id, true);
      if (!this.#keys.has(id)) continue;
      const ops = byKey.get(id);
      if (ops === undefined) byKey.set(id, [op]);
      else ops.push(op);
    }
    for (const [id, ops] of byKey) {
      const { rows } = this.#keys.get(id)!;
      if (rows === null) this.#drop(id);
      else this.#put(id, applyOps(rows, ops));
    }
    this.#evict();
    this.#hits.inc(undefined, this.#hitCount);
    this.#misses.inc(undefined, this.#missCount);
    this.#hitCount = 0;
    this.#missCount = 0;
  }

  /** Rows, or null when there are more than `most`, as far as that is known without reading. */
  #known({ table, key, most }: TableLoad): readonly StoredRow[] | null | undefined {
    const rows = this.peek(table, key);
    if (rows !== undefined || most === undefined) return rows;
    // Whoever cannot pay for a key pays for one row of it, which may be long: it is read once, however often they ask.
    const { least = NOTHING_SEEN } = this.#keys.get(rowKey(table, key)) ?? {};
    return least.rows > most.rows || least.bytes > most.bytes ? null : undefined;
  }

  /** A key in the cache, from now on the one that was used last. */
  #used(id: string): CachedKey | undefined {
    const cached = this.#keys.get(id);
    if (cached === undefined) return undefined;
    this.#keys.delete(id);
    this.#keys.set(id, cached);
    return cached;
  }

  async #read(
    loads: readonly TableLoad[],
    wanted: readonly number[],
    found: (index: number, read: BoundedRows) => void,
  ): Promise<void> {
    const whole = new Map<string, number[]>();
    const reads: Promise<void>[] = [];
    for (const i of wanted) {
      const { table, key, most } = loads[i]!;
      if (most !== undefined) {
        reads.push(readBounded(this.#backend, table, key, most).then((read) => found(i, read)));
      } else if (whole.has(table)) whole.get(table)!.push(i);
      else whole.set(table, [i]);
    }
    for (const [table, indexes] of whole) reads.push(this.#readWhole(table, loads, indexes, found));
    await Promise.all(reads);
  }

  async #readWhole(
    table: string,
    loads: readonly TableLoad[],
    indexes: number[],
    found: (index: number, read: BoundedRows) => void,
  ): Promise<void> {
    const keys = indexes.map((i) => loads[i]!.key);
    const rows = await this.#backend.rowsMany(table, keys);
    indexes.forEach((i, at) => {
      found(i, { rows: rows[at]!, seen: NOTHING_SEEN });
    });
  }

  #put(id: string, rows: readonly StoredRow[] | null, least = NOTHING_SEEN): void {
    this.#drop(id);
    let bytes = KEY_OVERHEAD_BYTES + 2 * id.length;
    for (const row of rows ?? []) for (const field of row.fields) bytes += FIELD_OVERHEAD_BYTES + field.length;
    this.#keys.set(id, { rows, least, bytes });
    this.#bytes += bytes;
  }

  #drop(id: string): void {
    const cached = this.#keys.get(id);
    if (cached === undefined) return;
    this.#keys.delete(id);
    this.#bytes -= cached.bytes;
  }

  #evict(): void {
    for (const [id, cached] of this.#keys) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#keys.delete(id);
      this.#bytes -= cached.bytes;
    }
    this.#bytesGauge.set(this.#bytes);
  }
}

/** Rows of a key after the operations on it, in ascending row id. */
function applyOps(rows: readonly StoredRow[], ops: readonly RowOp[]): readonly StoredRow[] {
  const byRow = new Map(rows.map((row) => [row.row, row]));
  for (const op of ops) {
    if (op.fields === null) byRow.delete(op.row);
    else byRow.set(op.row, { key: op.key, row: op.row, fields: op.fields });
  }
  return [...byRow.values()].sort((a, b) => a.row - b.row);
}
