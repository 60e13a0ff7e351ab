import type { Account, Height, StateMiss } from "@fb/types";

/** A value that was read, of the same type as its {@link StateMiss}. */
export type StateValue =
  | { readonly type: "account"; readonly account: Account | null }
  | { readonly type: "slot"; readonly value: Uint8Array }
  | { readonly type: "code"; readonly code: Uint8Array };

/** Where values come from that are not in memory. */
export interface StateReader {
  /**
   * Values as of `height`, or STATE_NOT_KEPT; in the order asked, account and slot values complete (null and
   * zero for absent ones).
   */
  read(height: Height, misses: readonly StateMiss[]): Promise<readonly StateValue[]>;
}
