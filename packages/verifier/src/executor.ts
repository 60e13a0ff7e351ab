import { MEMBER_ROWS, MEMBER_TABLE, readMembers, type SystemContracts } from "@fb/precompiled";
import {
  type BlockHeader,
  type CryptoSuite,
  EMPTY_BLOOM,
  type Evm,
  encodeReceipt,
  type Hash,
  headerHash,
  type Members,
  membersHash,
  orBloom,
  type Receipt,
  type RowOp,
  receiptRoot,
  runningRoot,
  txRootOf,
  writeSetDigest,
} from "@fb/types";
import { blockEnvironment, coinbaseOf } from "./block-environment.ts";
import { BlockState } from "./block-state.ts";
import { createHost } from "./host.ts";
import type { BlockHashFn, ExecutionState, OpenTablesFn, TableOverlay } from "./ports.ts";
import { prefetch } from "./prefetch.ts";
import { partiesOf, TransactionRunner } from "./transaction.ts";
import type { ExecutedBlock, ExecutionInput } from "./types.ts";

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

/** Executes a block whose header keeps the rules. A pure function of parent, context and block. */
export async function execute(deps: ExecutorDeps, input: ExecutionInput): Promise<ExecutedBlock> {
  const { suite, world } = deps;
  const { parent, block, txs } = input;
  const { number } = block.header;
  const state = new BlockState(world.view(parent.header.number), deps.emptyCodeHash);
  const tables = deps.openTables(number);
  const outcome = await runTransactions(deps, input, state, tables);
  const stateChanges = state.changes();
  const stateCommitment = await world.commitment(number, parent.header.stateRoot, stateChanges);
  const members = await changedMembers(tables);
  const header = executedHeader(suite, input, {
    ...outcome,
    stateRoot: stateCommitment.root,
    tableWrites: tables.consensusWrites(),
    members: members ?? input.members,
  });
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
  };
}

async function runTransactions(
  deps: ExecutorDeps,
  { block: { header }, txs, config, members }: ExecutionInput,
  state: BlockState,
  tables: TableOverlay,
): Promise<Outcome> {
  const { suite, evm, chainId, blockHash } = deps;
  const coinbase = coinbaseOf(suite, members, header.sealer);
  const block = blockEnvironment(suite, { chainId, header, coinbase, blockHash });
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

/** What the execution fields of a header sum up. */
interface Results extends Outcome {
  readonly stateRoot: Hash;
  /** As `writeSetDigest` takes them. */
  readonly tableWrites: readonly RowOp[];
  /** In force from the next height. */
  readonly members: Members;
}

/** SPEC 1.3. */
function executedHeader(suite: CryptoSuite, { parent, block, txs }: ExecutionInput, results: Results): BlockHeader {
  return {
    ...block.header,
    stateRoot: results.stateRoot,
    tablesRoot: runningRoot(suite, parent.header.tablesRoot, writeSetDigest(suite, results.tableWrites)),
    txRoot: txRootOf(suite, block.transactions, () => txs.map(({ tx }) => tx.hash)),
    receiptRoot: receiptRoot(suite, results.encodedReceipts),
    membersHash: membersHash(suite, results.members),
    logsBloom: results.logsBloom,
    gasUsed: results.gasUsed,
  };
}

/** The member lists after the block when it wrote them. */
async function changedMembers(tables: TableOverlay): Promise<Members | null> {
  if (!tables.consensusWrites().some((write) => write.table === MEMBER_TABLE)) return null;
  await tables.load([MEMBER_ROWS]);
  return readMembers(tables);
}
