import type { MetricsRegister } from "@fb/runtime";
import type { StorageBackend } from "@fb/types";

export interface TableCacheOptions {
  readonly backend: Pick<StorageBackend, "rowsMany" | "scan">;
  /** Upper bound of cached rows in bytes, overhead estimated; the least recently used keys go first. */
  readonly maxBytes: number;
  readonly metrics: MetricsRegister;
}
