import { readFileSync } from "node:fs";
import { createEvm } from "@fb/evm";
import { noMetrics } from "@fb/runtime";
import { createMptState } from "@fb/state-mpt";
import { createStorageState } from "@fb/state-storage";
import { BlockOverlay, createTableCache } from "@fb/storage-amdb";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import { compileSolidity } from "@fb/testkit/solidity";
import {
  type Address,
  bigTo32,
  type CryptoSuite,
  concatBytes,
  EMPTY,
  EMPTY_BLOOM,
  fromHex,
  type GroupId,
  type Hash,
  type HeadInfo,
  invariant,
  type NodeId,
  type SignedTransaction,
  type StateChanges,
  type StateType,
  type StorageBackend,
  toHex,
  type WorldState,
  ZERO_HASH,
} from "@fb/types";
import { createVerifier, type ExecutedBlock, type Verifier } from "@fb/verifier";
import { Interface } from "ethers";
import { holder, holderChanges, type Transfer } from "./accounts.ts";

const IDS = { chainId: 1, groupId: 1 as GroupId };
const MEMBERS = { sealers: ["ab".repeat(64) as NodeId], observers: [] };
const CONFIG = { txGasLimit: 30_000_000, blockGasLimit: 10_000_000_000, chargeGas: false, evmFork: "cancun" } as const;
/** Holders made in one block. */
const HOLDERS_PER_BLOCK = 10_000;
const TOKEN = new Interface(["function transfer(address,uint256)"]);

/** What one block took, in milliseconds of this process: on the clock, and CPU of all its threads. */
export interface BlockCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of `wallMs`: execution with its reads, the state's root and rows, the durable commit. */
  readonly executeMs: number;
  readonly commitmentMs: number;
  readonly commitMs: number;
  readonly changes: StateChanges;
  readonly stateRoot: Hash;
}

export interface TokenChainOptions {
  /** Empty or missing. */
  readonly folder: string;
  readonly type: StateType;
  /** Accounts with a balance of the token. */
  readonly holders: number;
  /** Hears what each block did that made the holders. */
  readonly onChanges?: (changes: StateChanges) => Promise<unknown>;
}

/** Blocks of token transfers, executed and committed over a world state on RocksDB; no consensus, no block data. */
export class TokenChain {
  readonly suite: CryptoSuite;
  readonly #backend: StorageBackend;
  readonly #world: WorldState;
  readonly #verifier: Verifier;
  readonly #nonces = new Map<number, bigint>();
  #token: Address = EMPTY;
  #head: HeadInfo;
  #commitmentMs = 0;

  private constructor(suite: CryptoSuite, backend: StorageBackend, world: WorldState, verifier: Verifier) {
    this.suite = suite;
    this.#backend = backend;
    this.#world = world;
    this.#verifier = verifier;
    this.#head = this.#headOf(-1, world.emptyRoot);
  }

  static async create(
    suite: CryptoSuite,
    { folder, type, holders, onChanges = async () => {} }: TokenChainOptions,
  ): Promise<TokenChain> {
    const backend = await openRocksdb({ path: folder });
    const options = { backend, suite, historyBlocks: 256 };
    const world = await (type === "mpt" ? createMptState(options) : createStorageState(options));
    const tables = createTableCache({ backend, maxBytes: 1 << 20, metrics: noMetrics });
    let chain: TokenChain;
    const verifier = createVerifier(IDS, {
      suite,
      evm: await createEvm({ suite }),
      world: {
        view: (height) => world.view(height),
        commitment: (height, root, changes) => chain.#timed(() => world.commitment(height, root, changes)),
      },
      openTables: (height) => new BlockOverlay(tables, height),
      blockHash: () => null,
      metrics: noMetrics,
    });
    chain = new TokenChain(suite, backend, world, verifier);
    await chain.#populate(holders, onChanges);
    return chain;
  }

  /** Executes and commits one block. */
  async transfer(block: readonly Transfer[]): Promise<BlockCost> {
    const txs = block.map((transfer) => this.#transaction(transfer));
    this.#commitmentMs = 0;
    const cpu = process.cpuUsage();
    const start = performance.now();
    const executed = await this.#execute(txs);
    const executedAt = performance.now();
    await this.#commit(executed);
    const end = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    const failed = executed.receipts.find(({ status }) => status !== 0);
    invariant(failed === undefined, "a transfer failed", { status: failed?.status });
    return {
      wallMs: end - start,
      cpuMs: (user + system) / 1000,
      executeMs: executedAt - start - this.#commitmentMs,
      commitmentMs: this.#commitmentMs,
      commitMs: end - executedAt,
      changes: executed.stateChanges,
      stateRoot: executed.header.stateRoot,
    };
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  async #populate(holders: number, onChanges: (changes: StateChanges) => Promise<unknown>): Promise<void> {
    const write = async (changes: StateChanges) => {
      await this.#write(changes);
      await onChanges(changes);
    };
    const deployer = holders;
    await write(holderChanges(this.suite, deployer, deployer + 1, null));
    const source = readFileSync(new URL("../../contracts/Workloads.sol", import.meta.url), "utf8");
    const { bytecode } = compileSolidity(source, "Token").Token;
    const noHolders = concatBytes(bigTo32(32n), bigTo32(0n));
    const created = await this.#execute([this.#message(deployer, null, concatBytes(fromHex(bytecode)!, noHolders))]);
    this.#token = created.receipts[0]!.contractAddress!;
    await this.#commit(created);
    await onChanges(created.stateChanges);
    const address = toHex(this.#token);
    const { account } = created.stateChanges.get(address)!;
    for (let from = 0; from < holders; from += HOLDERS_PER_BLOCK) {
      const to = Math.min(holders, from + HOLDERS_PER_BLOCK);
      await write(holderChanges(this.suite, from, to, { address, account }));
    }
  }

  /** A block that only changes the state. */
  async #write(changes: StateChanges): Promise<void> {
    const number = this.#head.header.number + 1;
    const commitment = await this.#world.commitment(number, this.#head.header.stateRoot, changes);
    await this.#backend.commit(number, commitment.batch);
    this.#world.committed(number, commitment, changes);
    this.#head = this.#headOf(number, commitment.root);
  }

  #execute(txs: readonly SignedTransaction[]): Promise<ExecutedBlock> {
    const { header } = this.#headOf(this.#head.header.number + 1, ZERO_HASH);
    const block = { header: { ...header, parentHash: this.#head.hash }, transactions: txs.map(({ tx }) => tx.raw) };
    return this.#verifier.executeBlock({ parent: this.#head, members: MEMBERS, config: CONFIG, block, txs });
  }

  async #commit({ hash, header, stateCommitment, stateChanges, tableBatch }: ExecutedBlock): Promise<void> {
    await this.#backend.commit(header.number, [...stateCommitment.batch, ...tableBatch]);
    this.#world.committed(header.number, stateCommitment, stateChanges);
    this.#head = { hash, header };
  }

  async #timed<T>(job: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await job();
    } finally {
      this.#commitmentMs += performance.now() - start;
    }
  }

  #transaction({ from, to }: Transfer): SignedTransaction {
    const receiver = `0x${toHex(holder(this.suite, to))}`;
    return this.#message(from, this.#token, fromHex(TOKEN.encodeFunctionData("transfer", [receiver, 1]))!);
  }

  /** A transaction as the pool hands it over: decoded, its signature checked. */
  #message(from: number, to: Address | null, data: Uint8Array): SignedTransaction {
    const nonce = this.#nonces.get(from) ?? 0n;
    this.#nonces.set(from, nonce + 1n);
    const raw = this.suite.hash(concatBytes(bigTo32(BigInt(from)), bigTo32(nonce)));
    return {
      sender: holder(this.suite, from),
      tx: {
        type: 2,
        raw,
        hash: raw,
        signingHash: raw,
        signature: new Uint8Array(65),
        nonce,
        gasPrice: 0n,
        priorityFee: 0n,
        gas: to === null ? 5_000_000n : 100_000n,
        to,
        value: 0n,
        data,
        accessList: [],
        chainId: 1n,
        group: null,
      },
    };
  }

  #headOf(number: number, stateRoot: Uint8Array): HeadInfo {
    const header = {
      parentHash: ZERO_HASH,
      number,
      timestamp: 1_700_000_000_000 + number,
      stateRoot,
      tablesRoot: ZERO_HASH,
      txRoot: ZERO_HASH,
      receiptRoot: ZERO_HASH,
      membersHash: ZERO_HASH,
      logsBloom: EMPTY_BLOOM,
      gasLimit: CONFIG.blockGasLimit,
      gasUsed: 0,
      sealer: 0,
      extraData: EMPTY,
    };
    return { hash: ZERO_HASH, header };
  }
}
