/** Why bytes are not a transaction of ours; the sender is told, a peer that relayed them is at fault. */
export type TxDecodeCode =
  /** No bytes, or more than MAX_TRANSACTION_BYTES. */
  | "TX_SIZE"
  /** Neither a list nor type 1 or 2. */
  | "TX_TYPE_UNSUPPORTED"
  /** Type 3: blob transactions are not supported. */
  | "TX_BLOB_UNSUPPORTED"
  /** Not one canonical RLP list. */
  | "TX_RLP_INVALID"
  /** The list has a number of items that no supported kind has. */
  | "TX_FIELD_COUNT"
  /** A field is too long, has leading zeros, or is a list where bytes belong. */
  | "TX_FIELD_INVALID"
  /** v or y parity has no meaning in this kind. */
  | "TX_V_INVALID"
  /** r or s is not in 1..n-1, or s is in the upper half (EIP-2). */
  | "TX_SIGNATURE_RANGE"
  /** The account nonce is 2^64 - 1 or more (EIP-2681). */
  | "TX_NONCE_TOO_HIGH"
  /** Gas is 2^63 or more. */
  | "TX_GAS_TOO_HIGH"
  /** maxPriorityFeePerGas is above maxFeePerGas, or gas times price does not fit 256 bits. */
  | "TX_FEE_INVALID";
