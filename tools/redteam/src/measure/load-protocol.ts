/** What the load process is started with. */
export interface LoadOrder {
  readonly groups: readonly { readonly id: number; readonly url: string; readonly chainId: number }[];
  /** Transactions a second, in each group. */
  readonly rate: number;
  readonly seed: number;
}

/** What one group did between two marks. A transaction that waits still counts with its age. */
export interface GroupSample {
  readonly group: number;
  readonly seconds: number;
  readonly sent: number;
  readonly refused: number;
  /** What the first of them was told. */
  readonly why: string;
  readonly committed: number;
  readonly txPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type ToLoad = { readonly start: LoadOrder } | { readonly mark: number };
export type FromLoad = { readonly mark: number; readonly samples: readonly GroupSample[] };
