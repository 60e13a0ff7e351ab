import { envelopeMaster } from "@fb/runtime/encryption";
import { concatBytes } from "@fb/types";
import type { CommitGate } from "../backend/commit-gate.ts";
import type { Permits } from "../backend/permits.ts";
import { tableOfKey } from "../row-codec.ts";
import type { Page, RocksDatabase, RocksWrite } from "./binding.ts";
import type { RotationOptions } from "./options.ts";
import { resealed } from "./row-values.ts";
import type { StoreKeys } from "./store-meta.ts";

/** A commit may wait for one slice. */
const SLICE_ROWS = 256;
const REPORT_ROWS = 100_000;
/** So many times as long as a slice took, the thread is left to the group. */
const REST = 3;
// All row keys: names of tables begin with a letter or an underscore.
const FIRST = Uint8Array.of(1);
const END = Uint8Array.of(0xff);

export interface RotationDeps extends RotationOptions {
  readonly db: RocksDatabase;
  readonly gate: CommitGate;
  readonly permits: Permits;
  readonly keys: StoreKeys;
}

/**
 * Rewrites rows that are under older master keys (SPEC 5.4). A slice is read and written between two commits, so it never
 * puts an old value over a newer one; and with it, in one batch, goes how far it came.
 */
export class Rotation {
  readonly #deps: RotationDeps;
  readonly #running: Promise<void>;
  #stopped = false;
  #wake: (() => void) | null = null;

  constructor(deps: RotationDeps) {
    this.#deps = deps;
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stopped) deps.report({ type: "failed", error });
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, db, gate, keys, report } = this.#deps;
    const [from, to] = [keys.older, keys.ring.newest];
    report({ type: "started", to, from });
    let rows = 0;
    let reported = 0;
    for (let next = keys.rotatedThrough ?? FIRST; ; ) {
      const started = clock.monotonic();
      const slice = await this.#slice(next);
      rows += slice.rows;
      if (this.#stopped) return;
      if (slice.next === null) break;
      next = slice.next;
      if (rows - reported >= REPORT_ROWS) {
        report({ type: "progress", rows, table: tableOfKey(next) });
        reported = rows;
      }
      await this.#rest(REST * (clock.monotonic() - started));
      if (this.#stopped) return;
    }
    await gate.between(() => db.write(keys.rotationEnd()));
    report({ type: "finished", to, from, rows });
  }

  /** @returns where the next slice begins; null = that was the last one */
  #slice(from: Uint8Array): Promise<{ readonly rows: number; readonly next: Uint8Array | null }> {
    const { db, gate, keys, permits } = this.#deps;
    return gate.between(() =>
      permits.run(async () => {
        const page = await readRows(db, from);
        const next = page.length < SLICE_ROWS ? null : concatBytes(page.at(-1)![0], Uint8Array.of(0));
        const writes: RocksWrite[] = [];
        for (const [key, value] of page) {
          if (envelopeMaster(value) === keys.ring.newest) continue;
          writes.push({ key, value: resealed(keys.ring, key, gate.height, value) });
        }
        // Not synced: what a power cut takes is done again, and the next commit syncs it.
        if (writes.length > 0) await db.write([...writes, ...keys.rotationWrites(next ?? END)], { sync: false });
        return { rows: page.length, next };
      }),
    );
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

async function readRows(db: RocksDatabase, from: Uint8Array): Promise<Page> {
  const iterator = db.iterate(from, END, false, SLICE_ROWS);
  const rows: Page[number][] = [];
  try {
    for (let page = await iterator.next(); page !== null; page = await iterator.next()) rows.push(...page);
  } finally {
    await iterator.end();
  }
  return rows;
}
