import type {
  BlockRecord,
  BlockRef,
  CallLimits,
  CallOutcome,
  CallRequest,
  EstimateOutcome,
  GroupQuery,
  GroupStatus,
  HeadRecord,
  LogFilter,
  LogLimits,
  LogPage,
  LogPosition,
  QueryResult,
  ReceiptRecord,
  SubmitOutcome,
  TransactionFate,
  TransactionRecord,
} from "@fb/api";
import type { Blockchain, StoredBlock } from "@fb/blockchain";
import { SYSTEM_ABI, SYSTEM_CODE } from "@fb/precompiled";
import type { Clock, ThreadLane } from "@fb/runtime";
import type { Sync } from "@fb/sync";
import type { TxPool } from "@fb/txpool";
import {
  type AccountProof,
  type Address,
  type ConsensusEngine,
  type GroupChannel,
  type Hash,
  type Height,
  invariant,
  type NodeId,
  type SignedTransaction,
  toHex,
} from "@fb/types";
import type { CallDesk } from "../calls/desk.ts";
import { nextTurn } from "../calls/next-turn.ts";
import type { CallRunner } from "../calls/ports.ts";
import type { GroupHealth } from "../health/group-health.ts";
import { blockBytes, receiptBytes, transactionBytes } from "./bytes.ts";
import { proveInPieces } from "./proof.ts";
import {
  blockRecord,
  headRecord,
  headRecords,
  own,
  placeOf,
  receiptRecord,
  receiptRecords,
  resolveRef,
  sealersAt,
  storedAt,
  transactionRecord,
  waitingRecord,
} from "./records.ts";
import { readRefusal, tooLarge, within } from "./result.ts";

export interface QueryDeps {
  readonly self: NodeId;
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly calls: CallRunner;
  readonly desk: CallDesk;
  readonly reads: ThreadLane;
  readonly sync: Sync;
  readonly engine: ConsensusEngine;
  readonly channel: Pick<GroupChannel, "peers">;
  readonly health: GroupHealth;
  readonly clock: Clock;
  readonly proof: (height: Height, address: Address, slots: readonly Hash[]) => Promise<AccountProof>;
  readonly watchPending: (on: boolean) => void;
}

const NOT_FOUND = { ok: false, code: "BLOCK_NOT_FOUND", message: "this chain has no such block" } as const;
const REVERSED = {
  ok: false,
  code: "INVALID_RANGE",
  message: "invalid block range: it ends before it begins",
} as const;
const BEYOND_HEAD = {
  ok: false,
  code: "INVALID_RANGE",
  message: "block range extends beyond current head block",
} as const;
const NOTHING = { ok: true, value: null } as const;
const NO_LOGS = { ok: true, value: { logs: [], next: null } } as const;

/**
 * The read and submit side of one group: what the RPC server's port asks for, answered from the chain, the pool and
 * the state. One call answers one request whole, so that it costs one thread hop.
 */
export class GroupQueries implements GroupQuery {
  readonly #deps: QueryDeps;

  constructor(deps: QueryDeps) {
    this.#deps = deps;
  }

  async status(): Promise<GroupStatus> {
    const { chain, pool, sync, engine, health, channel, self } = this.#deps;
    const { startedAt, knownHighest, knownHighestHash, peers } = sync.status();
    const notReady = health.reasons();
    return {
      nodeId: self,
      head: await this.head(),
      members: chain.members(),
      engine: engine.status(),
      sync: {
        syncing: notReady.some(({ code }) => code !== "NO_PROGRESS"),
        startedAt,
        knownHighest,
        knownHighestHash: own(knownHighestHash),
        peers: peers.map(({ nodeId, height, hash }) => ({ nodeId, height, hash: own(hash) })),
      },
      pool: pool.stats(),
      connected: channel.peers(),
      notReady,
    };
  }

  async head(): Promise<HeadRecord> {
    return this.#headRecord(this.#deps.chain.head().header.number);
  }

  async block(ref: BlockRef, withBody: boolean, maxBytes: number): Promise<QueryResult<BlockRecord | null>> {
    const { chain } = this.#deps;
    const height = await resolveRef(chain, ref);
    const stored = height === null ? null : await chain.header(height);
    if (height === null || stored === null) return NOTHING;
    const bytes = blockBytes(stored, withBody);
    if (bytes > maxBytes) return tooLarge(bytes, maxBytes);
    const sealers = await sealersAt(chain, height);
    if (!withBody) {
      const txHashes = await chain.txHashes(height);
      return txHashes === null ? NOTHING : { ok: true, value: blockRecord(stored, txHashes, sealers, null) };
    }
    const block = await chain.block(height);
    return block === null ? NOTHING : { ok: true, value: blockRecord(stored, block.txHashes, sealers, block) };
  }

  async headers(newest: BlockRef, count: number): Promise<QueryResult<readonly HeadRecord[]>> {
    const { chain } = this.#deps;
    const height = await resolveRef(chain, newest);
    if (height === null) return NOT_FOUND;
    const headers = await chain.headers(height, count);
    return { ok: true, value: await headRecords(chain, headers) };
  }

  async receipts(ref: BlockRef, maxBytes: number): Promise<QueryResult<readonly ReceiptRecord[] | null>> {
    const { chain } = this.#deps;
    const height = await resolveRef(chain, ref);
    const stored = height === null ? null : await chain.header(height);
    if (height === null || stored === null) return NOTHING;
    const least = blockBytes(stored, true);
    if (least > maxBytes) return tooLarge(least, maxBytes);
    const [block, receipts] = await Promise.all([chain.block(height), chain.receipts(height)]);
    if (block === null || receipts === null) return NOTHING;
    const bytes = receipts.reduce((sum, receipt) => sum + receiptBytes(receipt), least);
    return within(maxBytes, bytes, () => receiptRecords(block, receipts));
  }

  async transaction(hash: Hash, maxBytes: number): Promise<QueryResult<TransactionRecord | null>> {
    const { chain, pool } = this.#deps;
    const waiting = pool.get(hash);
    if (waiting !== null) return within(maxBytes, transactionBytes(waiting.tx.raw), () => waitingRecord(waiting));
    const stored = await chain.transaction(hash);
    if (stored === null) return NOTHING;
    return within(maxBytes, transactionBytes(stored.raw), () => transactionRecord(stored));
  }

  async transactionAt(ref: BlockRef, index: number, maxBytes: number): Promise<QueryResult<TransactionRecord | null>> {
    const block = await this.#storedBlock(ref);
    if (block === null || index < 0 || index >= block.transactions.length) return NOTHING;
    const stored = storedAt(block, index);
    return within(maxBytes, transactionBytes(stored.raw), () => transactionRecord(stored));
  }

  async receipt(hash: Hash, maxBytes: number): Promise<QueryResult<ReceiptRecord | null>> {
    const stored = await this.#deps.chain.receipt(hash);
    if (stored === null) return NOTHING;
    const bytes = transactionBytes(stored.raw) + receiptBytes(stored.receipt);
    return within(maxBytes, bytes, () => receiptRecord(stored));
  }

  async submit(raws: readonly Uint8Array[]): Promise<readonly SubmitOutcome[]> {
    const refusal = this.#deps.health.refusal();
    if (refusal !== null) {
      const message = `${refusal.message}: send it to another node of the group`;
      return raws.map(() => ({ ok: false, code: refusal.code, message, fiscoStatus: null }));
    }
    const results = await this.#deps.pool.submit(raws, "client");
    return results.map((result) => {
      if (result.ok) return { ok: true, hash: own(result.hash) };
      const { code, message, fiscoStatus } = result;
      return { ok: false, code, message, fiscoStatus };
    });
  }

  fates(hashes: readonly Hash[]): Promise<readonly TransactionFate[]> {
    const { chain, pool, health } = this.#deps;
    const isHalted = health.refusal()?.code === "HALTED";
    return Promise.all(
      hashes.map(async (hash) => {
        const waiting = pool.get(hash);
        if (waiting !== null) return isHalted ? "halted" : this.#poolFate(waiting);
        return (await chain.transaction(hash)) === null ? "dropped" : "durable";
      }),
    );
  }

  call(
    request: CallRequest,
    at: BlockRef,
    limits: CallLimits,
    signal?: AbortSignal,
  ): Promise<QueryResult<CallOutcome>> {
    const { calls, desk } = this.#deps;
    return this.#atHeight(at, (height) =>
      desk.wait(limits.timeoutMs, signal, (ended) => calls.call(request, height, limits.maxGas, ended)),
    );
  }

  estimateGas(
    request: CallRequest,
    at: BlockRef,
    limits: CallLimits,
    signal?: AbortSignal,
  ): Promise<QueryResult<EstimateOutcome>> {
    const { calls, desk } = this.#deps;
    return this.#atHeight(at, (height) =>
      desk.wait(limits.timeoutMs, signal, async (ended) => {
        const turn = await nextTurn(this.#deps, height);
        return calls.estimateGas(request, height, turn, limits.maxGas, ended);
      }),
    );
  }

  balance(address: Address, at: BlockRef): Promise<QueryResult<bigint>> {
    return this.#atHeight(at, async (height) => (await this.#account(address, height))?.balance ?? 0n);
  }

  async nonce(address: Address, at: BlockRef | "pending"): Promise<QueryResult<bigint>> {
    if (at === "pending") return { ok: true, value: await this.#deps.pool.pendingNonce(address) };
    return this.#atHeight(at, async (height) => (await this.#account(address, height))?.nonce ?? 0n);
  }

  code(address: Address, at: BlockRef): Promise<QueryResult<Uint8Array>> {
    return this.#atHeight(at, async (height) => {
      if (SYSTEM_ABI.has(toHex(address))) return SYSTEM_CODE.slice();
      const account = await this.#account(address, height);
      if (account === null) return new Uint8Array(0);
      const codeHash = toHex(account.codeHash);
      const view = this.#deps.chain.stateView(height);
      if (view.peekCode(codeHash) === undefined) await view.load([{ kind: "code", codeHash }]);
      return own(view.peekCode(codeHash)!);
    });
  }

  storageAt(address: Address, slot: Hash, at: BlockRef): Promise<QueryResult<Uint8Array>> {
    return this.#atHeight(at, async (height) => {
      const view = this.#deps.chain.stateView(height);
      const miss = { kind: "slot", address: toHex(address), slot: toHex(slot) } as const;
      if (view.peekSlot(miss.address, miss.slot) === undefined) await view.load([miss]);
      return own(view.peekSlot(miss.address, miss.slot)!);
    });
  }

  proof(address: Address, slots: readonly Hash[], at: BlockRef): Promise<QueryResult<AccountProof>> {
    return this.#atHeight(at, (height) => proveInPieces(this.#deps, height, address, slots));
  }

  /** @param start where an earlier search over the same filter ended; null = at its beginning */
  async logs(filter: LogFilter, limits: LogLimits, start: LogPosition | null): Promise<QueryResult<LogPage>> {
    const { chain } = this.#deps;
    const [from, to] = await Promise.all([resolveRef(chain, filter.from), resolveRef(chain, filter.to)]);
    if (to === null) return typeof filter.to === "number" ? BEYOND_HEAD : NOT_FOUND;
    // From a height that is not there yet up to the head: nothing so far.
    if (from === null) return typeof filter.from === "number" && filter.to === "latest" ? NO_LOGS : NOT_FOUND;
    if (from > to || (start !== null && (start.block < from || start.block > to))) return REVERSED;
    const { addresses, topics } = filter;
    const found = await chain.logs({
      from: start ?? { block: from, logIndex: 0 },
      to,
      addresses,
      topics,
      ...limits,
    });
    const logs = found.logs.map(({ log, block, transactionHash, transactionIndex, logIndex }) => ({
      address: own(log.address),
      topics: log.topics.map(own),
      data: own(log.data),
      place: placeOf(block, transactionIndex),
      transactionHash: own(transactionHash),
      logIndex,
    }));
    return { ok: true, value: { logs, next: found.next } };
  }

  async totals(): Promise<{ blockNumber: Height; transactions: number; failed: number }> {
    const { height, transactions, failed } = this.#deps.chain.totals();
    return { blockNumber: height, transactions, failed };
  }

  async systemConfig(key: string): Promise<{ readonly value: string; readonly enabledAt: Height } | null> {
    return this.#deps.chain.systemConfig(key);
  }

  async watchPending(on: boolean): Promise<void> {
    this.#deps.watchPending(on);
  }

  async #poolFate({ tx, sender }: SignedTransaction): Promise<TransactionFate> {
    const isQueued = tx.group === null && tx.nonce >= (await this.#deps.pool.pendingNonce(sender));
    return isQueued ? "queued" : "waiting";
  }

  async #storedBlock(ref: BlockRef): Promise<StoredBlock | null> {
    const height = await resolveRef(this.#deps.chain, ref);
    return height === null ? null : this.#deps.chain.block(height);
  }

  async #headRecord(height: Height): Promise<HeadRecord> {
    const { chain } = this.#deps;
    const [stored, sealers] = await Promise.all([chain.header(height), sealersAt(chain, height)]);
    invariant(stored !== null, "a committed header is missing", { height });
    return headRecord(stored, sealers);
  }

  async #account(address: Address, height: Height) {
    const view = this.#deps.chain.stateView(height);
    const key = toHex(address);
    if (view.peekAccount(key) === undefined) await view.load([{ kind: "account", address: key }]);
    return view.peekAccount(key) ?? null;
  }

  /** Runs a read at a height the client named; what it may not have becomes an answer. */
  async #atHeight<T>(at: BlockRef, read: (height: Height) => Promise<T>): Promise<QueryResult<T>> {
    const height = await resolveRef(this.#deps.chain, at);
    if (height === null) return NOT_FOUND;
    try {
      return { ok: true, value: await read(height) };
    } catch (error) {
      const refusal = readRefusal(error, height);
      if (refusal !== null) return refusal;
      throw error;
    }
  }
}
