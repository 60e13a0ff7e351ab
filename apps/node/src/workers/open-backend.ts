import { readFileSync } from "node:fs";
import { type Clock, type Logger, type MetricsRegister, secureRng } from "@fb/runtime";
import type { KeyRing } from "@fb/runtime/encryption";
import type { StorageTrouble } from "@fb/storage-amdb";
import { examineMysql, type MysqlOptions, openMysql, type ServerFlaw } from "@fb/storage-amdb/mysql";
import { openRocksdb, type RotationOptions } from "@fb/storage-amdb/rocksdb";
import type { StorageBackend } from "@fb/types";
import { type MysqlSetup, readPassword, type StoreSetup } from "../store-setup.ts";

export interface BackendOptions {
  /** File descriptors the store may hold. */
  readonly maxOpenFiles?: number;
  /** Memory of its own for what was read, in bytes. */
  readonly cacheBytes?: number;
  /** Looks at the data as it is, and does not wait for what cannot be reached. */
  readonly readOnly?: boolean;
  /** Whether a server that cannot be reached is waited for; default true, unless the data is only looked at. */
  readonly waits?: boolean;
  /** Rows are encrypted under these; absent = in clear. A server encrypts its own files: it is never opened with keys. */
  readonly keys?: KeyRing | null;
  /** Absent = rows under an older key stay as they are. */
  readonly rotation?: RotationOptions;
}

export interface BackendDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
  /** Told what the store waits for; null = it goes on. */
  readonly onTrouble?: (trouble: StorageTrouble | null) => void;
  /** Ends what waits. */
  readonly signal?: AbortSignal;
}

/** Opens where a group keeps everything it has committed: the one place that knows the kinds of stores. */
export function openBackend(store: StoreSetup, options: BackendOptions, deps: BackendDeps): Promise<StorageBackend> {
  const { readOnly = false, waits = !readOnly, keys = null, ...own } = options;
  if (store.type === "rocksdb") {
    return openRocksdb({ ...own, readOnly, path: store.path, ...(keys === null ? {} : { keys }) });
  }
  return openMysql({ ...mysqlOptions(store), readOnly, waits }, { ...deps, rng: secureRng });
}

/**
 * Looks whether blocks can be committed to the first of the servers, and are safe there, and changes nothing. Throws
 * what opening the store throws.
 */
export async function examineServer(store: MysqlSetup, deps: BackendDeps): Promise<readonly ServerFlaw[]> {
  return examineMysql(mysqlOptions(store), { ...deps, rng: secureRng });
}

function mysqlOptions({ password, tlsCa, type: _, ...place }: MysqlSetup): MysqlOptions {
  const authority = tlsCa === null ? {} : { tlsCa: readFileSync(tlsCa, "utf8") };
  return { ...place, password: () => readPassword(password), ...authority };
}
