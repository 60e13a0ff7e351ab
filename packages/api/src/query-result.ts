import type { Height } from "@fb/types";

/** Why a query has no value: the client's mistake or a limit. */
export type QueryErrorCode =
  /** No such block. */
  | "BLOCK_NOT_FOUND"
  /** A range that ends before it begins, or above the head. */
  | "INVALID_RANGE"
  /** The state of that height is no longer kept by this node. */
  | "STATE_NOT_KEPT"
  /** What is in that block is no longer kept by this node; that it exists is known. */
  | "BLOCK_PRUNED"
  /** The group's state type has no account proofs. */
  | "PROOF_UNSUPPORTED"
  /** The answer would exceed the given limits; the client narrows its request. */
  | "LIMIT_EXCEEDED"
  /** Too much work is queued; the client retries later. */
  | "BUSY";

export interface QueryFailure {
  readonly ok: false;
  readonly code: QueryErrorCode;
  /** One sentence for the client. */
  readonly message: string;
  /** With LIMIT_EXCEEDED: the `maxBytes` that would be enough, when that is known. */
  readonly bytes?: number;
  /** With BLOCK_PRUNED and STATE_NOT_KEPT: the lowest height for which this node has it. */
  readonly lowest?: Height;
}

export type QueryResult<T> = { readonly ok: true; readonly value: T } | QueryFailure;
