import type { TableLoad } from "@fb/types";
import type { AbiType, AbiValue } from "./abi.ts";
import type { SystemSession } from "./session.ts";

/** A generator that yields the keys it misses. */
export type Steps<T> = Generator<readonly TableLoad[], T, void>;

/** `Self` is what the function belongs to: an object, or nothing for a contract at a fixed address. */
export interface SystemFunction<Self = null> {
  readonly name: string;
  readonly inputs: readonly AbiType[];
  readonly outputs: readonly AbiType[];
  /** A function that may write is refused under STATICCALL. */
  readonly writes: boolean;
  /** Arguments have been decoded by `inputs`; returns values for `outputs`, at once when it needs no rows. */
  run(session: SystemSession, args: readonly AbiValue[], self: Self): readonly AbiValue[] | Steps<readonly AbiValue[]>;
}

export interface SystemContract {
  /** 40 hex digits. */
  readonly address: string;
  readonly functions: readonly SystemFunction[];
}
