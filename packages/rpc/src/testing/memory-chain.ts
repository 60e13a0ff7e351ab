import type { BlockRecord, GroupInfo, SubmitOutcome } from "@fb/api";
import type { Address, Members, NodeId, Receipt, SignedTransaction } from "@fb/types";
import type { MemoryExecutor } from "./memory-executor.ts";
import type { MemoryState } from "./memory-state.ts";

export interface MemoryBlock {
  readonly record: BlockRecord & { readonly body: NonNullable<BlockRecord["body"]> };
  readonly txs: readonly SignedTransaction[];
  readonly receipts: readonly Receipt[];
  readonly state: MemoryState;
}

/** What queries read of a group in memory. */
export interface MemoryChain {
  readonly info: GroupInfo;
  readonly members: Members;
  readonly sealer: NodeId;
  readonly executor: MemoryExecutor;
  readonly blocks: readonly MemoryBlock[];
  readonly pool: readonly SignedTransaction[];
  watchesPending: boolean;
  head(): MemoryBlock;
  submit(raws: readonly Uint8Array[]): Promise<readonly SubmitOutcome[]>;
  pendingNonce(address: Address): bigint;
}
