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
}
