import { createCryptoSuite } from "@fb/crypto";
import { noMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import { createStorageState } from "@fb/state-storage";
import { BlockOverlay, createTableCache } from "@fb/storage-amdb";
import { createMemoryBackend, createMemoryDisk, type MemoryDisk } from "@fb/storage-amdb/memory";
import {
  type Address,
  addressOf,
  bigTo32,
  type CommitCertificate,
  decodeTransaction,
  EMPTY,
  EMPTY_BLOOM,
  encodeGroupTransaction,
  encodeReceipt,
  type GenesisConfig,
  type GroupId,
  groupSigningHash,
  headerHash,
  type Log,
  logsBloom,
  type Members,
  membersHash,
  type NodeId,
  orBloom,
  type Receipt,
  receiptRoot,
  recoverSender,
  runningRoot,
  type SignedTransaction,
  type StateChanges,
  type StorageBackend,
  toHex,
  txRoot,
  type WorldState,
  writeSetDigest,
} from "@fb/types";
import { type Blockchain, type ExecutedBlock, openBlockchain } from "../src/index.ts";

export const suite = await createCryptoSuite();
export const encoder = new TextEncoder();

/** Node ids in ascending order. */
export function nodeIds(count: number): NodeId[] {
  return Array.from({ length: count }, (_, i) => toHex(suite.publicKey(bigTo32(BigInt(i + 1)))) as NodeId).sort();
}

export const account: Address = new Uint8Array(20).fill(0xaa);

export function genesisOf(changes: Partial<GenesisConfig> = {}): GenesisConfig {
  const [first, second, third, fourth, observer] = nodeIds(5) as [NodeId, NodeId, NodeId, NodeId, NodeId];
  return {
    groupId: 3 as GroupId,
    chainId: 7,
    timestamp: 1_700_000_000_000,
    consensus: { type: "pbft", maxTransactions: 1_000, timeoutMs: 3_000, minElectMs: 1_000, maxElectMs: 2_000 },
    sealers: [first, second, third, fourth],
    observers: [observer],
    stateType: "storage",
    txGasLimit: 30_000_000,
    blockGasLimit: 300_000_000,
    chargeGas: false,
    replayWindow: 10,
    rulesVersion: 1,
    evmFork: "cancun",
    admins: [account],
    alloc: [{ address: account, balance: 10n ** 18n, nonce: 3n }],
    ...changes,
  };
}

export interface TestNode {
  readonly backend: StorageBackend;
  readonly world: WorldState;
  readonly chain: Blockchain;
  readonly log: ReturnType<typeof createCapturingLogger>;
  /** An executed block over the head. */
  execute(plan?: BlockPlan): Promise<ExecutedBlock>;
  /** Executes and commits. */
  add(plan?: BlockPlan): Promise<ExecutedBlock>;
}

export interface BlockPlan {
  readonly txs?: readonly SignedTransaction[];
  /** Logs by transaction. */
  readonly logs?: readonly (readonly Log[])[];
  /** Statuses by transaction; 0 when left out. */
  readonly statuses?: readonly number[];
  readonly changes?: StateChanges;
  readonly members?: Members;
  /** New values of configuration keys. */
  readonly config?: Readonly<Record<string, string>>;
}

export const certificate: CommitCertificate = {
  round: 4,
  signatures: [0, 1, 3].map((sealer) => ({ sealer, signature: new Uint8Array(65).fill(sealer + 1) })),
};

export async function openNode(
  disk: MemoryDisk = createMemoryDisk(),
  genesis: GenesisConfig = genesisOf(),
  cacheBytes = 10_000_000,
  keepBlocks?: number,
): Promise<TestNode> {
  const backend = createMemoryBackend({ disk });
  const world = await createStorageState({ backend, suite });
  const tables = createTableCache({ backend, maxBytes: 1_000_000, metrics: noMetrics });
  const log = createCapturingLogger();
  const chain = await openBlockchain(
    { genesis, cacheBytes, ...(keepBlocks === undefined ? {} : { keepBlocks }) },
    { backend, suite, world, tables, clock: createFakeClock(), log, metrics: noMetrics },
  );
  const execute = async (plan: BlockPlan = {}) => {
    const overlay = new BlockOverlay(tables, chain.head().header.number + 1);
    for (const [key, value] of Object.entries(plan.config ?? {})) {
      await overlay.load([{ table: "_sys_config_", key: encoder.encode(key) }]);
      const enabledAt = String(chain.head().header.number + 2);
      const fields = Object.entries({ value, enable_num: enabledAt }).map(([n, v]) => [n, encoder.encode(v)] as const);
      overlay.insert("_sys_config_", encoder.encode(key), fields);
    }
    return executed(chain, world, overlay, plan);
  };
  const add = async (plan?: BlockPlan) => {
    const block = await execute(plan);
    await chain.commit(block, certificate);
    return block;
  };
  return { backend, world, chain, log, execute, add };
}

async function executed(
  chain: Blockchain,
  world: WorldState,
  overlay: BlockOverlay,
  plan: BlockPlan,
): Promise<ExecutedBlock> {
  const { txs = [], changes = new Map(), members = null } = plan;
  const parent = chain.head();
  const number = parent.header.number + 1;
  const stateCommitment = await world.commitment(number, parent.header.stateRoot, changes);
  const receipts = txs.map((_, i) => receiptOf(plan.logs?.[i] ?? [], plan.statuses?.[i] ?? 0, i));
  const encodedReceipts = receipts.map(encodeReceipt);
  const bloom = new Uint8Array(256);
  for (const receipt of receipts) orBloom(bloom, receipt.logsBloom);
  const header = {
    parentHash: parent.hash,
    number,
    timestamp: parent.header.timestamp + 1_000,
    stateRoot: stateCommitment.root,
    tablesRoot: runningRoot(suite, parent.header.tablesRoot, writeSetDigest(suite, overlay.consensusWrites())),
    txRoot: txRoot(
      suite,
      txs.map(({ tx }) => tx.hash),
    ),
    receiptRoot: receiptRoot(suite, encodedReceipts),
    membersHash: members === null ? parent.header.membersHash : membersHash(suite, members),
    logsBloom: bloom,
    gasLimit: parent.header.gasLimit,
    gasUsed: 21_000 * txs.length,
    sealer: 1,
    extraData: EMPTY,
  };
  return {
    hash: headerHash(suite, header),
    header,
    block: { header, transactions: txs.map(({ tx }) => tx.raw) },
    txs,
    receipts,
    encodedReceipts,
    stateCommitment,
    stateChanges: changes,
    tableBatch: overlay.batch(),
    members,
  };
}

function receiptOf(logs: readonly Log[], status: number, index: number): Receipt {
  const bloom = logs.length === 0 ? EMPTY_BLOOM : logsBloom(suite, logs);
  const gas = { gasUsed: 21_000, cumulativeGasUsed: 21_000 * (index + 1) };
  return { status, ...gas, contractAddress: null, logsBloom: bloom, logs, output: EMPTY };
}

export function groupTx(sender: number, nonce: number, blockLimit: number): SignedTransaction {
  const key = bigTo32(BigInt(sender + 100));
  const fields = {
    nonce: BigInt(nonce),
    gasPrice: 1n,
    gas: 21_000n,
    blockLimit: BigInt(blockLimit),
    to: account,
    value: 0n,
    data: EMPTY,
    chainId: 7n,
    groupId: 3n,
    extraData: EMPTY,
  };
  const raw = encodeGroupTransaction(fields, suite.sign(groupSigningHash(suite, fields), key));
  const decoded = decodeTransaction(suite, raw);
  if (!decoded.ok) throw new Error(decoded.message);
  return { tx: decoded.tx, sender: recoverSender(suite, decoded.tx)! };
}

export const addressOfSender = (sender: number) => addressOf(suite, suite.publicKey(bigTo32(BigInt(sender + 100))));
export const hash32 = (text: string) => suite.hash(encoder.encode(text));
