import type { GroupEvent, GroupHandle, GroupInfo, SubmitOutcome } from "@fb/api";
import { createReferenceEvm } from "@fb/evm/reference";
import { type Clock, systemClock } from "@fb/runtime";
import {
  type Address,
  addressOf,
  type BlockHeader,
  type CommitCertificate,
  type CryptoSuite,
  commitDigest,
  concatBytes,
  decodeTransaction,
  EMPTY,
  encodeReceipt,
  ethChainId,
  type GroupId,
  type Height,
  headerHash,
  type Members,
  membersHash,
  type NodeId,
  orBloom,
  type Receipt,
  receiptRoot,
  recoverSender,
  type SignedTransaction,
  toHex,
  txRoot,
  ZERO_HASH,
} from "@fb/types";
import type { MemoryBlock, MemoryChain } from "./memory-chain.ts";
import { MemoryExecutor } from "./memory-executor.ts";
import { MemoryQuery } from "./memory-query.ts";
import { MemoryState } from "./memory-state.ts";

const GAS_LIMIT = 300_000_000;

export interface MemoryGroupOptions {
  readonly groupId: number;
  readonly chainId?: number;
  /** Accounts with a balance, and code if it is given, at genesis. */
  readonly alloc?: readonly { readonly address: Address; readonly balance: bigint; readonly code?: Uint8Array }[];
  /** False = blocks are made only by `mine()`. */
  readonly autoMine?: boolean;
  readonly consensus?: GroupInfo["consensus"];
  readonly clock?: Clock;
}

/**
 * One group in memory for tests: a single sealer, real transactions, signatures, receipts, roots and certificates, the
 * reference EVM, no disk and no network. Every submission makes a block unless told otherwise.
 */
export class MemoryGroup implements MemoryChain {
  readonly info: GroupInfo;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly executor: MemoryExecutor;
  readonly members: Members;
  readonly sealer: NodeId;
  readonly blocks: MemoryBlock[] = [];
  readonly pool: SignedTransaction[] = [];
  readonly handle: GroupHandle;
  onEvent: (event: GroupEvent) => void = () => {};
  watchesPending = false;
  readonly #key: Uint8Array;
  readonly #autoMine: boolean;
  #turn: Promise<unknown> = Promise.resolve();

  static async create(options: MemoryGroupOptions, suite: CryptoSuite): Promise<MemoryGroup> {
    const evm = await createReferenceEvm(suite);
    return new MemoryGroup(options, suite, (info, sealer) => new MemoryExecutor(suite, evm, info, sealer));
  }

  private constructor(
    options: MemoryGroupOptions,
    suite: CryptoSuite,
    executor: (info: GroupInfo, sealer: NodeId) => MemoryExecutor,
  ) {
    this.suite = suite;
    this.clock = options.clock ?? systemClock;
    this.#autoMine = options.autoMine ?? true;
    this.#key = suite.hash(Uint8Array.of(options.groupId));
    this.sealer = toHex(suite.publicKey(this.#key)) as NodeId;
    this.members = { sealers: [this.sealer], observers: [] };
    const info = {
      groupId: options.groupId as GroupId,
      chainId: options.chainId ?? 1,
      consensus: options.consensus ?? "pbft",
      state: "storage",
      chargeGas: false,
    } as const;
    let state = new MemoryState(suite, 0);
    for (const { address, balance, code } of options.alloc ?? []) state = state.with(address, { balance }, code);
    const header: BlockHeader = { ...this.#template(0, ZERO_HASH), timestamp: 1_700_000_000_000 };
    this.info = { ...info, genesisHash: headerHash(suite, header) };
    this.executor = executor(this.info, this.sealer);
    this.#append(header, [], [], state);
    this.handle = { info: this.info, query: new MemoryQuery(this) };
  }

  head(): MemoryBlock {
    return this.blocks.at(-1)!;
  }

  /** Accepts or refuses with the pool's codes, then makes a block when mining by itself. */
  async submit(raws: readonly Uint8Array[]): Promise<readonly SubmitOutcome[]> {
    const outcomes = raws.map((raw) => this.#admit(raw));
    const hashes = outcomes.flatMap((one) => (one.ok ? [one.hash] : []));
    if (this.watchesPending && hashes.length > 0) {
      this.onEvent({ type: "pending", groupId: this.info.groupId, hashes: concatBytes(...hashes) });
    }
    if (this.#autoMine && hashes.length > 0) await this.mine();
    return outcomes;
  }

  /** Makes a block of everything that waits, empty or not. */
  mine(): Promise<void> {
    const done = this.#turn.then(() => this.#mine());
    this.#turn = done;
    return done;
  }

  pendingNonce(address: Address): bigint {
    const own = this.pool.filter(({ tx, sender }) => tx.group === null && toHex(sender) === toHex(address));
    return this.head().state.account(address).nonce + BigInt(own.length);
  }

  #admit(raw: Uint8Array): SubmitOutcome {
    const decoded = decodeTransaction(this.suite, raw);
    if (!decoded.ok) return refuse("TX_MALFORMED", decoded.message, 10005);
    const { tx } = decoded;
    const { chainId, groupId } = this.info;
    if (tx.chainId !== BigInt(tx.group === null ? ethChainId(chainId, groupId) : chainId)) {
      return refuse("CHAIN_ID_MISMATCH", "transaction is signed for another chain: check the chain id", 10002);
    }
    const known = [...this.pool, ...this.blocks.flatMap((block) => block.txs)];
    if (known.some((one) => toHex(one.tx.hash) === toHex(tx.hash)))
      return refuse("ALREADY_KNOWN", "already known", 10000);
    const sender = recoverSender(this.suite, tx);
    if (sender === null) return refuse("SIGNATURE_INVALID", "signature is invalid: sign the transaction again", 10005);
    if (tx.group === null && tx.nonce < this.pendingNonce(sender)) return refuse("NONCE_TOO_LOW", "nonce too low", 15);
    if (tx.group === null && tx.nonce > this.pendingNonce(sender))
      return refuse("NONCE_TOO_HIGH", "nonce too high", 15);
    if (this.head().state.account(sender).balance < tx.value) {
      return refuse("BALANCE_TOO_LOW", "insufficient funds for gas * price + value", 7);
    }
    this.pool.push({ tx, sender });
    return { ok: true, hash: tx.hash };
  }

  async #mine(): Promise<void> {
    const txs = this.pool.splice(0);
    const parent = this.head();
    const height = parent.record.header.number + 1;
    const timestamp = Math.max(parent.record.header.timestamp + 1, this.clock.now());
    const header = { ...this.#template(height, parent.record.hash), timestamp };
    let state = parent.state.at(height);
    let gasUsed = 0;
    const receipts: Receipt[] = [];
    const bloom = new Uint8Array(256);
    for (const one of txs) {
      const done = await this.executor.transaction(state, header, one);
      state = done.state;
      gasUsed += done.receipt.gasUsed;
      orBloom(bloom, done.receipt.logsBloom);
      receipts.push({ ...done.receipt, cumulativeGasUsed: gasUsed });
    }
    const hashes = txs.map(({ tx }) => tx.hash);
    const roots = {
      txRoot: txRoot(this.suite, hashes),
      receiptRoot: receiptRoot(this.suite, receipts.map(encodeReceipt)),
    };
    this.#append({ ...header, ...roots, gasUsed, logsBloom: bloom }, txs, receipts, state);
    this.onEvent({ type: "head", groupId: this.info.groupId, head: this.head().record });
  }

  #append(
    header: BlockHeader,
    txs: readonly SignedTransaction[],
    receipts: readonly Receipt[],
    state: MemoryState,
  ): void {
    const hash = headerHash(this.suite, header);
    const transactions = txs.map(({ tx }) => tx.raw);
    const record = {
      hash,
      header,
      sealer: header.number === 0 ? null : this.sealer,
      transactionCount: txs.length,
      size: 600 + transactions.reduce((sum, raw) => sum + raw.length, 0),
      certificate: header.number === 0 ? null : this.#certify(header.number, hash),
      sealers: this.members.sealers,
      txHashes: concatBytes(...txs.map(({ tx }) => tx.hash)),
      body: { transactions, senders: concatBytes(...txs.map(({ sender }) => sender)) },
    };
    this.blocks.push({ record, txs, receipts, state });
  }

  #certify(height: Height, hash: Uint8Array): CommitCertificate {
    const digest = commitDigest(this.suite, this.info.genesisHash, { height, round: 0, hash });
    return { round: 0, signatures: [{ sealer: 0, signature: this.suite.sign(digest, this.#key) }] };
  }

  #template(number: Height, parentHash: Uint8Array): BlockHeader {
    return {
      parentHash,
      number,
      timestamp: 0,
      stateRoot: ZERO_HASH,
      tablesRoot: ZERO_HASH,
      txRoot: txRoot(this.suite, []),
      receiptRoot: receiptRoot(this.suite, []),
      membersHash: membersHash(this.suite, this.members),
      logsBloom: new Uint8Array(256),
      gasLimit: GAS_LIMIT,
      gasUsed: 0,
      sealer: 0,
      extraData: EMPTY,
    };
  }

  /** The account of this group's sealer. */
  sealerAddress(): Address {
    return addressOf(this.suite, this.suite.publicKey(this.#key));
  }
}

function refuse(code: string, message: string, fiscoStatus: number): SubmitOutcome {
  return { ok: false, code, message, fiscoStatus };
}
