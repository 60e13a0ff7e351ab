import { MEMBER_ROWS, MEMBER_TABLE, readMembers, type SystemContracts } from "@fb/precompiled";
import {
  type Block,
  type BlockHeader,
  type CryptoSuite,
  EMPTY_BLOOM,
  type Evm,
  encodeReceipt,
  type Hash,
  type HeadInfo,
  type Height,
  headerHash,
  type Members,
  membersHash,
  orBloom,
  proposalId,
  type Receipt,
  receiptRoot,
  runningRoot,
  type SignedTransaction,
  type StateCommitment,
  type StateView,
  txRootOf,
  writeSetDigest,
} from "@fb/types";
import { blockEnvironment, coinbaseOf } from "./block-environment.ts";
import { BlockState } from "./block-state.ts";
import { createHost } from "./host.ts";
import type { BlockHashFn, ExecutionState, OpenTablesFn, TableOverlay } from "./ports.ts";
import { prefetch } from "./prefetch.ts";
import { partiesOf, TransactionRunner } from "./transaction.ts";
import type { ExecutedBlock, ExecutionContext } from "./types.ts";

export interface ExecutorDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  readonly contracts: SystemContracts;
  readonly world: ExecutionState;
  readonly openTables: OpenTablesFn;
  readonly blockHash: BlockHashFn;
  /** CHAINID. */
  readonly chainId: bigint;
  readonly emptyCodeHash: Hash;
}

/** The receipts of a block and what they sum up to. */
interface Outcome {
  readonly receipts: Receipt[];
  readonly encodedReceipts: Uint8Array[];
  readonly logsBloom: Uint8Array;
  readonly gasUsed: number;
}

/** Executes a block whose header was found to continue its parent. A pure function of parent, context and block. */
export async function execute(
  deps: ExecutorDeps,
  parent: HeadInfo,
  context: ExecutionContext,
  block: Block,
  txs: readonly SignedTransaction[],
): Promise<ExecutedBlock> {
  const { suite, world } = deps;
  const { number } = block.header;
  const state = new BlockState(parentState(deps, parent, context), deps.emptyCodeHash);
  const tables = deps.openTables(number, context.pending?.at(-1)?.tables ?? null);
  const outcome = await runTransactions(deps, parent, context, block.header, state, tables, txs);
  const stateChanges = state.changes();
  const stateCommitment = await world.commitment(number, parent.header.stateRoot, stateChanges);
  const members = await changedMembers(tables);
  const header = executedHeader(suite, parent, context, block, outcome, stateCommitment, tables, members, txs);
  return {
    hash: headerHash(suite, header),
    header,
    block,
    txs,
    receipts: outcome.receipts,
    encodedReceipts: outcome.encodedReceipts,
    stateCommitment,
    stateChanges,
    tableBatch: tables.batch(),
    members,
    proposalId: proposalId(suite, header),
    tables,
  };
}

async function runTransactions(
  deps: ExecutorDeps,
  parent: HeadInfo,
  context: ExecutionContext,
  header: BlockHeader,
  state: BlockState,
  tables: TableOverlay,
  txs: readonly SignedTransaction[],
): Promise<Outcome> {
  const { suite, evm } = deps;
  const { config, members } = context;
  const coinbase = coinbaseOf(suite, members, header.sealer);
  const block = blockEnvironment(suite, deps.chainId, header, coinbase, branchHash(deps.blockHash, parent, context));
  const host = createHost(deps.contracts, { state, tables, block, fork: config.evmFork, number: header.number });
  const runner = new TransactionRunner({ suite, evm, host, state, config });
  const parties = txs.map(partiesOf);
  await prefetch(state, parties);
  const receipts: Receipt[] = [];
  const encodedReceipts: Uint8Array[] = [];
  const logsBloom = new Uint8Array(EMPTY_BLOOM);
  for (let i = 0; i < txs.length; i++) {
    const done = runner.run(txs[i]!, parties[i]!);
    const receipt = done instanceof Promise ? await done : done;
    receipts.push(receipt);
    encodedReceipts.push(encodeReceipt(receipt));
    if (receipt.logs.length > 0) orBloom(logsBloom, receipt.logsBloom);
  }
  return { receipts, encodedReceipts, logsBloom, gasUsed: runner.gasUsed };
}

function executedHeader(
  suite: CryptoSuite,
  parent: HeadInfo,
  context: ExecutionContext,
  { header: proposed, transactions }: Block,
  outcome: Outcome,
  state: StateCommitment,
  tables: TableOverlay,
  members: Members | null,
  txs: readonly SignedTransaction[],
): BlockHeader {
  const tableWrites = writeSetDigest(suite, tables.consensusWrites());
  return {
    ...proposed,
    stateRoot: state.root,
    tablesRoot: runningRoot(suite, parent.header.tablesRoot, tableWrites),
    txRoot: txRootOf(suite, transactions, () => txs.map(({ tx }) => tx.hash)),
    receiptRoot: receiptRoot(suite, outcome.encodedReceipts),
    membersHash: membersHash(suite, members ?? context.members),
    logsBloom: outcome.logsBloom,
    gasUsed: outcome.gasUsed,
  };
}

/** The member lists after the block when it wrote them. */
async function changedMembers(tables: TableOverlay): Promise<Members | null> {
  if (!tables.consensusWrites().some((write) => write.table === MEMBER_TABLE)) return null;
  await tables.load([MEMBER_ROWS]);
  return readMembers(tables);
}

/** The parent's state: that of the last durable block under the changes of the executed blocks above it. */
export function parentState(deps: ExecutorDeps, parent: HeadInfo, { pending = [] }: ExecutionContext): StateView {
  let view = deps.world.view(parent.header.number - pending.length);
  for (const { stateChanges } of pending) {
    const layer = new BlockState(view, deps.emptyCodeHash);
    layer.merge(stateChanges);
    view = layer;
  }
  return view;
}

/** BLOCKHASH on the branch of the parent, whose newest blocks may not be durable. */
function branchHash(durable: BlockHashFn, parent: HeadInfo, { pending = [] }: ExecutionContext): BlockHashFn {
  const recent = new Map<Height, Hash>(pending.map(({ header, hash }) => [header.number, hash]));
  recent.set(parent.header.number, parent.hash);
  return (number) => recent.get(number) ?? durable(number);
}
