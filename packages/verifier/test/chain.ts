import { createReferenceEvm } from "@fb/evm/reference";
import { noMetrics } from "@fb/runtime";
import { createMptState } from "@fb/state-mpt";
import { createStorageState } from "@fb/state-storage";
import { BlockOverlay, createTableCache, TABLES } from "@fb/storage-amdb";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import {
  type Account,
  type Address,
  type CryptoSuite,
  decodeTransaction,
  EMPTY,
  EMPTY_BLOOM,
  type EthTransactionFields,
  type Evm,
  encodeEthTransaction,
  encodeGroupTransaction,
  ethChainId,
  ethSigningHash,
  type GroupId,
  type GroupTransactionFields,
  groupSigningHash,
  type HeadInfo,
  headerHash,
  InvariantError,
  type Members,
  membersHash,
  recoverSender,
  runningRoot,
  type SignedTransaction,
  type StateType,
  toHex,
  txRoot,
  type WorldState,
  writeSetDigest,
  ZERO_HASH,
} from "@fb/types";
import {
  type Caller,
  type CallPlace,
  type CallSite,
  createCaller,
  createVerifier,
  type ExecutedBlock,
  type ExecutionConfig,
  type ExecutionInput,
  type NextBlockSite,
  type Verifier,
} from "../src/index.ts";
import { type TestAccount, type TestAlloc, testNodes, testSuite } from "./accounts.ts";

export const CHAIN_ID = 7;
export const GROUP_ID = 3 as GroupId;
const utf8 = new TextEncoder();

export interface TestChainOptions {
  readonly state?: StateType;
  readonly config?: Partial<ExecutionConfig>;
  readonly admins?: readonly Address[];
  readonly alloc?: TestAlloc;
  readonly evm?: Evm;
}

export interface TestChain {
  readonly suite: CryptoSuite;
  readonly verifier: Verifier;
  readonly caller: Caller;
  readonly world: WorldState;
  readonly config: ExecutionConfig;
  head(): HeadInfo;
  members(): Members;
  /** What a call after this block reads. */
  place(block: HeadInfo): CallPlace;
  /** A proposal over the head. */
  propose(raws: readonly Uint8Array[]): ExecutionInput;
  execute(raws: readonly Uint8Array[]): Promise<ExecutedBlock>;
  commit(executed: ExecutedBlock): Promise<void>;
  /** Executes and commits. */
  seal(...raws: readonly Uint8Array[]): Promise<ExecutedBlock>;
  account(address: Address): Promise<Account | null>;
  eth(from: TestAccount, fields: Partial<EthTransactionFields>): Uint8Array;
  group(from: TestAccount, fields: Partial<GroupTransactionFields>): Uint8Array;
  /** A verifier and tables over the same storage with nothing in memory. */
  reopen(): Promise<Verifier>;
}

/** Where a call runs: after the block of `head`. */
export function callSite(chain: TestChain, head = chain.head()): CallSite {
  return { ...chain.place(head), head };
}

/** Where the next block of a chain executes, as `propose` makes it. */
export function nextSite(chain: TestChain): NextBlockSite {
  const { timestamp, sealer } = chain.propose([]).block.header;
  return { ...chain.place(chain.head()), parent: chain.head(), timestamp, sealer };
}

export async function createTestChain(options: TestChainOptions = {}): Promise<TestChain> {
  const suite = await testSuite();
  const backend = createMemoryBackend();
  const openWorld = () =>
    options.state === "mpt" ? createMptState({ backend, suite }) : createStorageState({ backend, suite });
  const world = await openWorld();
  const openTables = () => createTableCache({ backend, maxBytes: 2 ** 24, metrics: noMetrics });
  const tables = openTables();
  const config: ExecutionConfig = {
    txGasLimit: 30_000_000,
    blockGasLimit: 1_000_000_000,
    chargeGas: false,
    evmFork: "cancun",
    ...options.config,
  };
  const evm = options.evm ?? (await createReferenceEvm(suite));
  const [, ...others] = testNodes(suite, 5);
  let members: Members = { sealers: others.slice(0, 3), observers: others.slice(3) };
  let head = await genesis(suite, world, backend, tables, members, config, options);
  const hashes = new Map([[0, head.hash]]);
  const verifierOver = (state: WorldState, rows: typeof tables): Verifier =>
    createVerifier(
      { chainId: CHAIN_ID, groupId: GROUP_ID },
      {
        suite,
        evm,
        world: state,
        openTables: (height) => new BlockOverlay(rows, height),
        blockHash: (number) => hashes.get(number) ?? null,
        metrics: noMetrics,
      },
    );
  const verifier = verifierOver(world, tables);

  const chain: TestChain = {
    suite,
    verifier,
    world,
    config,
    caller: createCaller({ chainId: CHAIN_ID, groupId: GROUP_ID }, { suite, evm }),
    head: () => head,
    members: () => members,
    place: ({ header: { number } }) => ({
      members,
      config,
      blockHash: (height) => hashes.get(height) ?? null,
      view: world.view(number),
      openTables: () => new BlockOverlay(tables, number + 1),
    }),
    propose(raws) {
      const txs = raws.map((raw) => decode(suite, raw));
      const header = {
        parentHash: head.hash,
        number: head.header.number + 1,
        timestamp: head.header.timestamp + 1_000,
        stateRoot: ZERO_HASH,
        tablesRoot: ZERO_HASH,
        txRoot: txRoot(
          suite,
          txs.map(({ tx }) => tx.hash),
        ),
        receiptRoot: ZERO_HASH,
        membersHash: ZERO_HASH,
        logsBloom: EMPTY_BLOOM,
        gasLimit: config.blockGasLimit,
        gasUsed: 0,
        sealer: (head.header.number + 1) % members.sealers.length,
        extraData: EMPTY,
      };
      return { parent: head, members, config, block: { header, transactions: raws }, txs };
    },
    execute: (raws) => verifier.executeBlock(chain.propose(raws)),
    async commit(executed) {
      const { number } = executed.header;
      const batch = [...executed.stateCommitment.batch, ...executed.tableBatch];
      await backend.commit(number, batch);
      tables.committed(executed.tableBatch);
      world.committed(number, executed.stateCommitment, executed.stateChanges);
      head = { hash: executed.hash, header: executed.header };
      hashes.set(number, executed.hash);
      members = executed.members ?? members;
    },
    async seal(...raws) {
      const executed = await chain.execute(raws);
      await chain.commit(executed);
      return executed;
    },
    async account(address) {
      const view = world.view(head.header.number);
      const key = toHex(address);
      if (view.peekAccount(key) === undefined) await view.load([{ type: "account", address: key }]);
      return view.peekAccount(key)!;
    },
    eth(from, fields) {
      const full: EthTransactionFields = {
        type: 0,
        chainId: BigInt(ethChainId(CHAIN_ID, GROUP_ID)),
        nonce: 0n,
        gasPrice: 0n,
        priorityFee: fields.gasPrice ?? 0n,
        gas: 1_000_000n,
        to: null,
        value: 0n,
        data: EMPTY,
        accessList: [],
        ...fields,
      };
      return encodeEthTransaction(full, suite.sign(ethSigningHash(suite, full), from.key));
    },
    group(from, fields) {
      const full: GroupTransactionFields = {
        nonce: 1n,
        gasPrice: 0n,
        gas: 1_000_000n,
        blockLimit: BigInt(head.header.number + 100),
        to: null,
        value: 0n,
        data: EMPTY,
        chainId: BigInt(CHAIN_ID),
        groupId: BigInt(GROUP_ID),
        extraData: EMPTY,
        ...fields,
      };
      return encodeGroupTransaction(full, suite.sign(groupSigningHash(suite, full), from.key));
    },
    async reopen() {
      return verifierOver(await openWorld(), openTables());
    },
  };
  return chain;
}

function decode(suite: CryptoSuite, raw: Uint8Array): SignedTransaction {
  const decoded = decodeTransaction(suite, raw);
  if (!decoded.ok) throw new InvariantError("test transaction does not decode", { code: decoded.code });
  const sender = recoverSender(suite, decoded.tx);
  if (sender === null) throw new InvariantError("test transaction has no sender");
  return { tx: decoded.tx, sender };
}

async function genesis(
  suite: CryptoSuite,
  world: WorldState,
  backend: ReturnType<typeof createMemoryBackend>,
  tables: ReturnType<typeof createTableCache>,
  members: Members,
  config: ExecutionConfig,
  options: TestChainOptions,
): Promise<HeadInfo> {
  const changes = new Map(
    [...(options.alloc ?? [])].map(([address, { balance, code = EMPTY }]) => [
      address,
      {
        account: { nonce: 0n, balance, codeHash: suite.hash(code) },
        clearStorage: false,
        slots: new Map(),
        ...(code.length > 0 ? { code } : {}),
      },
    ]),
  );
  const commitment = await world.commitment(0, world.emptyRoot, changes);
  const overlay = new BlockOverlay({ peek: () => [], load: async (loads) => loads.map(() => []) }, 0);
  const insert = (table: string, key: string, row: Record<string, string>) =>
    overlay.insert(
      table,
      utf8.encode(key),
      Object.entries(row).map(([name, value]) => [name, utf8.encode(value)] as const),
    );
  for (const id of members.sealers) insert(TABLES.consensus, "node", { type: "sealer", node_id: id, enable_num: "0" });
  for (const id of members.observers) {
    insert(TABLES.consensus, "node", { type: "observer", node_id: id, enable_num: "0" });
  }
  for (const admin of options.admins ?? []) {
    insert(TABLES.tableAccess, TABLES.tableAccess, { address: `0x${toHex(admin)}`, enable_num: "0" });
  }
  const header = {
    parentHash: ZERO_HASH,
    number: 0,
    timestamp: 1_700_000_000_000,
    stateRoot: commitment.root,
    tablesRoot: runningRoot(suite, ZERO_HASH, writeSetDigest(suite, overlay.consensusWrites())),
    txRoot: ZERO_HASH,
    receiptRoot: ZERO_HASH,
    membersHash: membersHash(suite, members),
    logsBloom: EMPTY_BLOOM,
    gasLimit: config.blockGasLimit,
    gasUsed: 0,
    sealer: 0,
    extraData: EMPTY,
  };
  await backend.commit(0, [...commitment.batch, ...overlay.batch()]);
  tables.committed(overlay.batch());
  world.committed(0, commitment, changes);
  return { hash: headerHash(suite, header), header };
}
