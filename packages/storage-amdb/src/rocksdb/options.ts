import type { Clock } from "@fb/runtime";
import type { KeyRing } from "@fb/runtime/encryption";

export interface RocksdbOptions {
  /** Directory of one group's data; made when missing. */
  readonly path: string;
  /** Block cache of RocksDB in bytes; default 64 MiB. */
  readonly cacheBytes?: number;
  /** Memtable in bytes; default 32 MiB. */
  readonly writeBufferBytes?: number;
  /** Looks at data as it is, also while another process has it open; nothing may be committed. */
  readonly readOnly?: boolean;
  /** Data files that are held open; default 500. RocksDB opens the others when it reads them. */
  readonly maxOpenFiles?: number;
  /** Rows are encrypted under these (SPEC 5); absent = in clear. */
  readonly keys?: KeyRing;
  /** Absent = rows under an older master key stay as they are. */
  readonly rotation?: RotationOptions;
}

/** Rewrites, in the background, rows under older master keys under the newest. */
export interface RotationOptions {
  readonly clock: Clock;
  /** Called for each step of it; must not throw. */
  readonly report: (event: RotationEvent) => void;
}

export type RotationEvent =
  | { readonly type: "started"; readonly to: number; readonly from: readonly number[] }
  /** `rows` were looked at since the start, up to some row of `table`; tables come in order of their names. */
  | { readonly type: "progress"; readonly rows: number; readonly table: string }
  /** Nothing is under the keys `from` any more: they need not be given again. */
  | { readonly type: "finished"; readonly to: number; readonly from: readonly number[]; readonly rows: number }
  /** It goes on when the store is opened again. */
  | { readonly type: "failed"; readonly error: unknown };
