import type {
  BlockRecord,
  BlockRef,
  CallLimits,
  CallRequest,
  GroupQuery,
  GroupStatus,
  LogFilter,
  LogLimits,
  LogPage,
  LogPosition,
  QueryResult,
  ReceiptRecord,
  SubmitOutcome,
  TransactionFate,
  TransactionPlace,
  TransactionRecord,
} from "@fb/api";
import { type Address, equalBytes, type Hash, matchesLog, toHex } from "@fb/types";
import { logsOf } from "../format/receipt.ts";
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

  async block(ref: BlockRef, withBody: boolean, maxBytes: number): Promise<QueryResult<BlockRecord | null>> {
    const block = this.#find(ref);
    if (block === undefined) return { ok: true, value: null };
    const { record } = block;
    const bytes = record.transactionCount * (withBody ? 512 : 34) + (withBody ? record.size : 0);
    return within(maxBytes, bytes, withBody ? record : { ...record, body: null });
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

  async receipts(ref: BlockRef, maxBytes: number): Promise<QueryResult<readonly ReceiptRecord[] | null>> {
    const block = this.#find(ref);
    if (block === undefined) return { ok: true, value: null };
    const records = receiptRecords(block);
    const bytes = records.reduce((sum, record) => sum + receiptBytes(record), 0);
    return within(maxBytes, bytes, records);
  }

  async transaction(hash: Hash, maxBytes: number): Promise<QueryResult<TransactionRecord | null>> {
    const record = this.#transaction(hash);
    return within(maxBytes, record === null ? 0 : transactionBytes(record), record);
  }

  async transactionAt(ref: BlockRef, index: number, maxBytes: number): Promise<QueryResult<TransactionRecord | null>> {
    const block = this.#find(ref);
    const record = (block === undefined ? [] : receiptRecords(block))[index]?.transaction ?? null;
    return within(maxBytes, record === null ? 0 : transactionBytes(record), record);
  }

  async receipt(hash: Hash, maxBytes: number): Promise<QueryResult<ReceiptRecord | null>> {
    const record = this.#receipt(hash);
    return within(maxBytes, record === null ? 0 : receiptBytes(record), record);
  }

  submit(raws: readonly Uint8Array[]): Promise<readonly SubmitOutcome[]> {
    return this.#group.submit(raws);
  }

  async fates(hashes: readonly Hash[]): Promise<readonly TransactionFate[]> {
    return Promise.all(
      hashes.map(async (hash) => {
        const record = this.#transaction(hash);
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

  async logs(filter: LogFilter, limits: LogLimits, start: LogPosition | null): Promise<QueryResult<LogPage>> {
    const [from, to] = [filter.from, filter.to].map((ref) => this.#find(ref)?.record.header.number);
    if (to === undefined)
      return typeof filter.to === "number" ? badRange("extends beyond current head block") : notFound();
    if (from === undefined) {
      const isAhead = typeof filter.from === "number" && filter.to === "latest";
      return isAhead ? { ok: true, value: { logs: [], next: null } } : notFound();
    }
    if (from > to) return badRange("ends before it begins");
    if (start !== null && (start.block < from || start.block > to)) return badRange("does not hold the position");
    const first = start ?? { block: from, logIndex: 0 };
    const last = Math.min(to, first.block + limits.maxBlocks - 1);
    const blocks = this.#group.blocks.slice(first.block, last + 1);
    const all = blocks.flatMap((block) => receiptRecords(block).flatMap(logsOf));
    const found = all.filter(
      (log) => matchesLog(filter, log) && (log.place.blockNumber > first.block || log.logIndex >= first.logIndex),
    );
    let bytes = 0;
    const fits = found.findIndex(({ topics, data }, i) => {
      bytes += 256 + 32 * topics.length + data.length;
      return i === limits.maxLogs || (bytes > limits.maxBytes && i > 0);
    });
    const rest = found[fits];
    if (rest === undefined)
      return { ok: true, value: { logs: found, next: last < to ? { block: last + 1, logIndex: 0 } : null } };
    const next = { block: rest.place.blockNumber, logIndex: rest.logIndex };
    return { ok: true, value: { logs: found.slice(0, fits), next } };
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

  #transaction(hash: Hash): TransactionRecord | null {
    const waiting = this.#group.pool.find(({ tx }) => equalBytes(tx.hash, hash));
    if (waiting !== undefined) return { raw: waiting.tx.raw, hash, sender: waiting.sender, place: null };
    return this.#receipt(hash)?.transaction ?? null;
  }

  #receipt(hash: Hash): ReceiptRecord | null {
    for (const block of this.#group.blocks) {
      const found = receiptRecords(block).find(({ transaction }) => equalBytes(transaction.hash, hash));
      if (found !== undefined) return found;
    }
    return null;
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

function within<T>(maxBytes: number, bytes: number, value: T): QueryResult<T> {
  return bytes <= maxBytes ? { ok: true, value } : { ok: false, code: "LIMIT_EXCEEDED", message: "too large", bytes };
}

function transactionBytes({ raw }: TransactionRecord): number {
  return 512 + raw.length;
}

function receiptBytes({ receipt, transaction }: ReceiptRecord): number {
  const logs = receipt.logs.reduce((sum, { topics, data }) => sum + 256 + 32 * topics.length + data.length, 0);
  return 1024 + transaction.raw.length + receipt.output.length + logs;
}

function notFound(): QueryResult<never> {
  return { ok: false, code: "BLOCK_NOT_FOUND", message: "block not found" };
}

function badRange(what: string): QueryResult<never> {
  return { ok: false, code: "INVALID_RANGE", message: `block range ${what}` };
}
