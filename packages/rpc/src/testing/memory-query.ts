import { type Address, equalBytes, type Hash, toHex } from "@fb/types";
import { logsOf } from "../format/receipt.ts";
import { matchesLog } from "../log-match.ts";
import type {
  BlockRecord,
  BlockRef,
  CallLimits,
  CallRequest,
  GroupQuery,
  GroupStatus,
  LogFilter,
  LogLimits,
  LogRecord,
  QueryResult,
  ReceiptRecord,
  SubmitOutcome,
  TransactionFate,
  TransactionPlace,
  TransactionRecord,
} from "../ports.ts";
import type { MemoryBlock, MemoryChain } from "./memory-chain.ts";
import type { MemoryState } from "./memory-state.ts";

const ZERO_ADDRESS = new Uint8Array(20);

/** The query port of a {@link MemoryChain}. */
export class MemoryQuery implements GroupQuery {
  readonly #group: MemoryChain;

  constructor(group: MemoryChain) {
    this.#group = group;
  }

  async status(): Promise<GroupStatus> {
    const { info, members, sealer, pool } = this.#group;
    const head = this.#group.head().record;
    const height = head.header.number;
    return {
      nodeId: sealer,
      head,
      members,
      engine: {
        type: info.consensus,
        role: "leader",
        round: 0,
        height,
        leader: sealer,
        sealers: members.sealers,
        heard: [],
        haltedBy: null,
      },
      sync: { syncing: false, startedAt: height, knownHighest: height, knownHighestHash: head.hash, peers: [] },
      pool: { pending: pool.length, queued: 0, bytes: pool.reduce((sum, { tx }) => sum + tx.raw.length, 0) },
      connected: [],
      notReady: [],
    };
  }

  async head() {
    return this.#group.head().record;
  }

  async block(ref: BlockRef, withBody: boolean): Promise<BlockRecord | null> {
    const block = this.#find(ref);
    if (block === undefined) return null;
    return withBody ? block.record : { ...block.record, body: null };
  }

  async headers(newest: BlockRef, count: number) {
    const last = this.#find(newest);
    if (last === undefined) return notFound();
    const end = last.record.header.number + 1;
    return {
      ok: true,
      value: this.#group.blocks.slice(Math.max(0, end - count), end).map(({ record }) => record),
    } as const;
  }

  async receipts(ref: BlockRef): Promise<readonly ReceiptRecord[] | null> {
    const block = this.#find(ref);
    return block === undefined ? null : receiptRecords(block);
  }

  async transaction(hash: Hash): Promise<TransactionRecord | null> {
    const waiting = this.#group.pool.find(({ tx }) => equalBytes(tx.hash, hash));
    if (waiting !== undefined) return { raw: waiting.tx.raw, hash, sender: waiting.sender, place: null };
    return (await this.receipt(hash))?.transaction ?? null;
  }

  async transactionAt(ref: BlockRef, index: number): Promise<TransactionRecord | null> {
    return (await this.receipts(ref))?.[index]?.transaction ?? null;
  }

  async receipt(hash: Hash): Promise<ReceiptRecord | null> {
    for (const block of this.#group.blocks) {
      const found = receiptRecords(block).find(({ transaction }) => equalBytes(transaction.hash, hash));
      if (found !== undefined) return found;
    }
    return null;
  }

  submit(raws: readonly Uint8Array[]): Promise<readonly SubmitOutcome[]> {
    return this.#group.submit(raws);
  }

  async fates(hashes: readonly Hash[]): Promise<readonly TransactionFate[]> {
    return Promise.all(
      hashes.map(async (hash) => {
        const record = await this.transaction(hash);
        return record === null ? "dropped" : record.place === null ? "waiting" : "durable";
      }),
    );
  }

  async call(request: CallRequest, at: BlockRef, limits: CallLimits) {
    const block = this.#find(at);
    if (block === undefined) return notFound();
    const { status, output, gasUsed } = await this.#run(block, request, limits);
    return { ok: true, value: { blockNumber: block.record.header.number, status, output, gasUsed } } as const;
  }

  async estimateGas(request: CallRequest, at: BlockRef, limits: CallLimits) {
    const block = this.#find(at);
    if (block === undefined) return notFound();
    const { status, output, gasUsed } = await this.#run(block, { ...request, gas: null }, limits);
    // Room for the 63/64 rule of nested calls.
    const gas = gasUsed === 21_000n ? gasUsed : gasUsed + gasUsed / 4n;
    return { ok: true, value: { status, gas, output } } as const;
  }

  async balance(address: Address, at: BlockRef) {
    return this.#read(at, (state) => state.account(address).balance);
  }

  async nonce(address: Address, at: BlockRef | "pending") {
    if (at === "pending") return { ok: true, value: this.#group.pendingNonce(address) } as const;
    return this.#read(at, (state) => state.account(address).nonce);
  }

  async code(address: Address, at: BlockRef) {
    return this.#read(at, (state) => state.code(address));
  }

  async storageAt(address: Address, slot: Hash, at: BlockRef) {
    return this.#read(at, (state) => state.peekSlot(toHex(address), toHex(slot)));
  }

  async proof(): Promise<QueryResult<never>> {
    return { ok: false, code: "PROOF_UNSUPPORTED", message: "this group's state has no account proofs" };
  }

  async logs(filter: LogFilter, limits: LogLimits): Promise<QueryResult<readonly LogRecord[]>> {
    const from = this.#find(filter.from)?.record.header.number;
    const to = this.#find(filter.to)?.record.header.number ?? this.#group.head().record.header.number;
    if (from === undefined) return typeof filter.from === "number" ? { ok: true, value: [] } : notFound();
    if (to - from >= limits.maxBlocks) return tooMany(`the range spans more than ${limits.maxBlocks} blocks`);
    const all = this.#group.blocks.slice(from, to + 1).flatMap((block) => receiptRecords(block).flatMap(logsOf));
    const found = all.filter((log) => matchesLog(filter, log));
    if (found.length > limits.maxLogs) return tooMany(`more than ${limits.maxLogs} logs match`);
    return { ok: true, value: found };
  }

  async totals() {
    const receipts = this.#group.blocks.flatMap((block) => block.receipts);
    const failed = receipts.filter(({ status }) => status !== 0).length;
    return { blockNumber: this.#group.head().record.header.number, transactions: receipts.length, failed };
  }

  async systemConfig(key: string) {
    return key === "tx_count_limit" ? { value: "1000", enabledAt: 0 } : null;
  }

  async watchPending(on: boolean): Promise<void> {
    this.#group.watchesPending = on;
  }

  #find(ref: BlockRef): MemoryBlock | undefined {
    if (ref === "latest") return this.#group.head();
    if (typeof ref === "number") return this.#group.blocks[ref];
    return this.#group.blocks.find(({ record }) => equalBytes(record.hash, ref));
  }

  #read<T>(at: BlockRef, read: (state: MemoryState) => T): QueryResult<T> {
    const block = this.#find(at);
    return block === undefined ? notFound() : { ok: true, value: read(block.state) };
  }

  #run({ state, record }: MemoryBlock, request: CallRequest, limits: CallLimits) {
    const message = {
      ...request,
      from: request.from ?? ZERO_ADDRESS,
      createAddress: new Uint8Array(20).fill(0xcc),
      gas: request.gas === null || request.gas > limits.maxGas ? limits.maxGas : request.gas,
      gasPrice: 0n,
    };
    return this.#group.executor.call(state, record.header, message);
  }
}

function receiptRecords({ record, txs, receipts }: MemoryBlock): ReceiptRecord[] {
  let firstLogIndex = 0;
  return txs.map(({ tx, sender }, index) => {
    const place: TransactionPlace = {
      blockHash: record.hash,
      blockNumber: record.header.number,
      blockTimestamp: record.header.timestamp,
      index,
    };
    const receipt = receipts[index]!;
    const one = { receipt, transaction: { raw: tx.raw, hash: tx.hash, sender, place }, firstLogIndex };
    firstLogIndex += receipt.logs.length;
    return one;
  });
}

function notFound(): QueryResult<never> {
  return { ok: false, code: "BLOCK_NOT_FOUND", message: "block not found" };
}

function tooMany(message: string): QueryResult<never> {
  return { ok: false, code: "LIMIT_EXCEEDED", message };
}
