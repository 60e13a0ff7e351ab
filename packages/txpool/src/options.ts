/** What a node chooses for its pool, and which group it is for. What a valid block is, no option says (types SPEC 13). */
export interface TxPoolOptions {
  /** chain.id. */
  readonly chainId: number;
  readonly groupId: number;
  /** Whether transactions that are bound to no chain are accepted. A rule for proposals too, from the group's genesis. */
  readonly allowUnprotected: boolean;
  /** Transactions in the pool at most. Of this, `maxBytes` and `maxPerSender` a quarter may wait for missing nonces. */
  readonly maxTransactions: number;
  /** Bytes of raw transactions in the pool at most. */
  readonly maxBytes: number;
  /** Transactions of one sender at most. */
  readonly maxPerSender: number;
  /** How far beyond the first missing nonce of its sender a transaction may lie and be queued. */
  readonly maxNonceGap: number;
  /** Bytes handed to `submit` and not yet answered, at most; those of peers are taken below half of it. */
  readonly maxBytesInCheck: number;
  /** A transaction older than this is given up, in milliseconds. */
  readonly expiryMs: number;
}

export const DEFAULT_TX_POOL_OPTIONS = {
  allowUnprotected: false,
  maxTransactions: 150_000,
  maxBytes: 512 * 1024 * 1024,
  maxPerSender: 10_000,
  maxNonceGap: 1_000,
  maxBytesInCheck: 64 * 1024 * 1024,
  expiryMs: 600_000,
} as const satisfies Omit<TxPoolOptions, "chainId" | "groupId">;
