/** What contracts may ask of user tables beside the limits of `TABLE_LIMITS` (SPEC 10.4). */
export const USER_TABLE_LIMITS = {
  /** Rows under one key: they are read together. */
  maxRowsPerKey: 100_000,
  /** Bytes of the value fields of a row: what every server of a backend takes in one statement. */
  maxRowBytes: 8 * 1024 * 1024,
  /** Bytes of the value fields of all rows under one key. */
  maxBytesPerKey: 32 * 1024 * 1024,
  /** Comparisons of one condition. */
  maxComparisons: 128,
} as const;
