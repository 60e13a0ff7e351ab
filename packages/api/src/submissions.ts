import type { Hash } from "@fb/types";

/** `code` is the pool's refusal code (for example NONCE_TOO_LOW), NOT_A_MEMBER or HALTED. */
export type SubmitOutcome =
  | { readonly ok: true; readonly hash: Hash }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      /** The numeric code that clients of the 2.x line know; null where there is none. */
      readonly fiscoStatus: number | null;
    };

/**
 * What became of an accepted transaction: its receipt can be read; it is in the pool and can run, or is queued there
 * behind a missing nonce, or is left there by a group that has halted; or neither.
 */
export type TransactionFate = "durable" | "waiting" | "queued" | "halted" | "dropped";
