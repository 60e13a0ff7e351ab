import type { RowFault } from "@fb/storage-amdb";
import type { Height, StateType } from "@fb/types";
import { maintenanceError } from "../errors.ts";
import { Faults } from "../faults.ts";
import type { VerifyOptions } from "../options.ts";
import type { StoreDeps } from "../ports.ts";
import { openContext } from "./context.ts";
import { verifyBlocks } from "./verify-blocks.ts";
import { verifyCounters } from "./verify-counters.ts";
import { verifyGenesis } from "./verify-genesis.ts";
import { verifyIndexCounts, verifyRows } from "./verify-rows.ts";
import { verifyMembers, verifyState } from "./verify-state.ts";

/** What was looked at, and what is wrong. */
export interface VerifyReport {
  readonly height: Height;
  readonly stateType: StateType;
  /** Blocks 1 to here - 1 were pruned. */
  readonly lowestBlock: Height;
  readonly from: Height;
  readonly to: Height;
  readonly blocks: number;
  readonly transactions: number;
  /** Rows of the whole store; 0 when only a range was looked at. */
  readonly rows: number;
  /** Heights whose state was proven from what is stored. */
  readonly stateHeights: number;
  /** Nodes of the head's trie. */
  readonly nodes: number;
  /** All that were found. */
  readonly faults: number;
  readonly counts: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly first: readonly RowFault[];
}

/**
 * Checks a store against itself: what one row says others prove. Finds every fault that does not change what the group
 * agreed on in a way that only execution tells (SPEC 1.5); `verifyDeep` finds those too. Rejects with STORE_EMPTY,
 * RANGE_INVALID, and with what storage rejects with when it cannot be read at all.
 */
export async function verifyStore(options: VerifyOptions, deps: StoreDeps): Promise<VerifyReport> {
  const faults = new Faults(options.maxFaults ?? 100);
  const context = await openContext(deps, options.genesis, faults.report);
  const { head, genesis, lowestBlock } = context;
  const { from = 0, to = head } = options;
  if (from > to || to > head || from < 0) {
    throw maintenanceError("RANGE_INVALID", `the store has blocks 0 to ${head}`, { from, to, head });
  }
  const blocks = await verifyBlocks(context, from, to);
  const isWhole = options.from === undefined && options.to === undefined;
  let state = { heights: 0, nodes: 0 };
  let rows = 0;
  if (isWhole) {
    await verifyGenesis(context);
    await verifyCounters(context, blocks);
    await verifyMembers(context);
    await blocks.replay.compare(context.backend, lowestBlock, faults.report);
    const found = await verifyState(context, options.roots ?? "head");
    const counts = await verifyRows(context, found);
    await verifyIndexCounts(context, counts, blocks);
    state = found;
    rows = counts.rows;
  }
  return {
    height: head,
    stateType: genesis.stateType,
    lowestBlock,
    from,
    to,
    blocks: blocks.blocks,
    transactions: blocks.transactions,
    rows,
    stateHeights: state.heights,
    nodes: state.nodes,
    faults: faults.total,
    counts: faults.counts,
    first: faults.first,
  };
}
