import { TypedEmitter } from "@fb/runtime";
import {
  type CommitCertificate,
  equalBytes,
  type GenesisConfig,
  type Hash,
  type HeadInfo,
  type Height,
  invariant,
  type Members,
  type MembershipStep,
  membersHash,
  type Receipt,
  type StateView,
} from "@fb/types";
import type {
  BlockCommitted,
  Blockchain,
  EncodedBlock,
  FoundLogs,
  LogQuery,
  StoredBlock,
  StoredHeader,
  StoredReceipt,
  StoredTransaction,
  Totals,
  TransactionPlace,
  TransactionProof,
} from "./api.ts";
import { BlockContents } from "./block-contents.ts";
import type { ChainConfig, ConfigHistory, ConfigRow } from "./chain-config.ts";
import { chainError } from "./errors.ts";
import { findLogs } from "./logs.ts";
import { type ChainMetrics, chainMetrics } from "./metrics.ts";
import type { BlockchainDeps, ExecutedBlock } from "./ports.ts";
import { type PreparedCommit, prepareCommit } from "./prepare-commit.ts";
import type { BlockPruner } from "./pruner.ts";
import type { BlockReader } from "./reader.ts";
import type { RecentHashes } from "./recent-hashes.ts";
import type { ReplayWindow } from "./replay-window.ts";

/** What is read at opening. */
export interface Opened {
  readonly genesis: GenesisConfig;
  readonly genesisHash: Hash;
  readonly reader: BlockReader;
  readonly pruner: BlockPruner;
  readonly config: ConfigHistory;
  readonly replay: ReplayWindow;
  readonly hashes: RecentHashes;
  readonly head: HeadInfo;
  readonly members: Members;
  readonly totals: Totals;
}

export class StoredChain implements Blockchain {
  readonly genesis: GenesisConfig;
  readonly genesisHash: Hash;
  readonly #deps: BlockchainDeps;
  readonly #reader: BlockReader;
  readonly #contents: BlockContents;
  readonly #pruner: BlockPruner;
  readonly #configs: ConfigHistory;
  readonly #replay: ReplayWindow;
  readonly #hashes: RecentHashes;
  readonly #metrics: ChainMetrics;
  readonly #events: TypedEmitter<{ committed: BlockCommitted }>;
  #head: HeadInfo;
  #members: Members;
  #config: ChainConfig;
  #totals: Totals;
  #committing: Promise<unknown> | null = null;
  #failure: unknown = null;
  #closed = false;

  constructor(opened: Opened, deps: BlockchainDeps) {
    this.genesis = opened.genesis;
    this.genesisHash = opened.genesisHash;
    this.#deps = deps;
    this.#reader = opened.reader;
    this.#contents = new BlockContents(opened.reader, deps.suite);
    this.#pruner = opened.pruner;
    this.#configs = opened.config;
    this.#replay = opened.replay;
    this.#hashes = opened.hashes;
    this.#head = { hash: opened.head.hash, header: opened.head.header };
    this.#members = opened.members;
    this.#totals = opened.totals;
    this.#config = opened.config.at(opened.totals.height + 1);
    this.#metrics = chainMetrics(deps.metrics);
    this.#metrics.height.set(opened.totals.height);
    this.#metrics.lowest.set(opened.pruner.lowest);
    this.#events = new TypedEmitter((error) => deps.log.error("block-listener-failed", { error: String(error) }));
  }

  head(): HeadInfo {
    return this.#head;
  }

  members(): Members {
    return this.#members;
  }

  config(): ChainConfig {
    return this.#config;
  }

  totals(): Totals {
    return this.#totals;
  }

  lowestBlock(): Height {
    return this.#pruner.lowest;
  }

  blockHash(height: Height): Hash | null {
    return this.#hashes.get(height);
  }

  isReplayed(replayKey: Uint8Array): boolean {
    return this.#replay.has(replayKey);
  }

  stateView(height: Height): StateView {
    return this.#deps.world.view(height);
  }

  async header(height: Height): Promise<StoredHeader | null> {
    return this.#has(height) ? ((await this.#reader.headers(height, 1))[0] ?? null) : null;
  }

  async headers(newest: Height, count: number): Promise<readonly StoredHeader[]> {
    if (!this.#has(newest)) return [];
    const from = Math.max(0, newest - count + 1);
    return this.#reader.headers(from, newest - from + 1);
  }

  numberOf(hash: Hash): Promise<Height | null> {
    return this.#reader.numberOf(hash);
  }

  async block(height: Height): Promise<StoredBlock | null> {
    return this.#has(height) ? this.#reader.block(height) : null;
  }

  async txHashes(height: Height): Promise<Uint8Array | null> {
    return this.#has(height) ? this.#reader.txHashes(height) : null;
  }

  async receipts(height: Height): Promise<readonly Receipt[] | null> {
    return this.#has(height) ? this.#reader.receipts(height) : null;
  }

  isAtHand(height: Height): boolean {
    return this.#reader.isAtHand(height);
  }

  place(txHash: Hash): Promise<TransactionPlace | null> {
    return this.#reader.place(txHash);
  }

  transaction(hash: Hash): Promise<StoredTransaction | null> {
    return this.#contents.transaction(hash);
  }

  receipt(txHash: Hash): Promise<StoredReceipt | null> {
    return this.#contents.receipt(txHash);
  }

  proof(txHash: Hash): Promise<TransactionProof | null> {
    return this.#contents.proof(txHash);
  }

  async membersAt(height: Height): Promise<Members | null> {
    if (height === this.#head.header.number + 1) return this.#members;
    return this.#has(height) && height > 0 ? this.#reader.membersAfter(height - 1) : null;
  }

  configAt(height: Height): ChainConfig | null {
    const next = this.#head.header.number + 1;
    if (height === next) return this.#config;
    return height >= 1 && height < next ? this.#configs.at(height) : null;
  }

  systemConfig(key: string): ConfigRow | null {
    return this.#configs.row(key, this.#head.header.number + 1);
  }

  async membershipSteps(after: Height, limit: number): Promise<readonly MembershipStep[]> {
    const changes = await this.#reader.memberChanges(Math.max(after, 0), limit);
    return Promise.all(
      changes.map(async ({ height, members }) => {
        const [parent, own] = await this.#reader.headers(height - 1, 2);
        if (parent === undefined || own === undefined || own.certificate === null) {
          throw chainError("STORE_CORRUPT", "a block that changed the members is incomplete", { height });
        }
        return { parent: parent.header, header: own.header, certificate: own.certificate, members };
      }),
    );
  }

  logs(query: LogQuery): Promise<FoundLogs> {
    return findLogs(this.#reader, this.#deps.suite, this.#head.header.number, query);
  }

  async encodedBlocks(from: Height, maxBlocks: number, maxBytes: number): Promise<readonly EncodedBlock[]> {
    const count = Math.min(maxBlocks, this.#head.header.number - from + 1);
    return count > 0 && from >= 0 ? this.#reader.encodedBlocks(from, count, maxBytes) : [];
  }

  async commit(executed: ExecutedBlock, certificate: CommitCertificate): Promise<void> {
    this.#checkNext(executed);
    const started = this.#deps.clock.monotonic();
    const writing = this.#write(executed, certificate);
    this.#committing = writing;
    let prepared: PreparedCommit;
    try {
      prepared = await writing;
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#committing = null;
    }
    this.#metrics.commit.observe(this.#deps.clock.monotonic() - started);
    this.#deps.tables.committed(executed.tableBatch);
    this.#deps.world.committed(executed.header.number, executed.stateCommitment, executed.stateChanges);
    this.#replay.apply(prepared.window);
    this.#configs.apply(executed.tableBatch);
    this.#pruner.committed(executed.header.number, prepared.batch);
    this.#reader.remember(prepared.stored, executed.receipts, prepared.receiptBytes);
    this.#advance(executed, certificate, prepared.totals);
  }

  onCommitted(listener: (event: BlockCommitted) => void): () => void {
    return this.#events.on("committed", listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#committing?.catch(() => undefined);
  }

  async #write(executed: ExecutedBlock, certificate: CommitCertificate): Promise<PreparedCommit> {
    const { number } = executed.header;
    const pruning = await this.#pruner.plan(number);
    const prepared = prepareCommit(executed, certificate, { totals: this.#totals, replay: this.#replay, pruning });
    await this.#deps.backend.commit(number, prepared.batch);
    return prepared;
  }

  #has(height: Height): boolean {
    return height >= 0 && height <= this.#head.header.number;
  }

  #checkNext(executed: ExecutedBlock): void {
    const { header, txs, receipts, encodedReceipts, block, members } = executed;
    if (this.#closed) throw chainError("CHAIN_CLOSED", "the chain is closed");
    if (this.#failure !== null) {
      throw chainError("CHAIN_HALTED", "an earlier commit failed: open the group anew", {}, this.#failure);
    }
    const { hash, header: parent } = this.#head;
    const isNext = header.number === parent.number + 1 && equalBytes(header.parentHash, hash);
    if (!isNext || this.#committing !== null) {
      const fields = { height: header.number, head: parent.number, busy: this.#committing !== null };
      throw chainError("BLOCK_OUT_OF_ORDER", "the block is not the next one", fields);
    }
    const count = block.transactions.length;
    const isWhole = txs.length === count && receipts.length === count && encodedReceipts.length === count;
    invariant(isWhole, "an executed block needs a sender and a receipt for each transaction");
    const committed = members === null ? parent.membersHash : membersHash(this.#deps.suite, members);
    invariant(
      equalBytes(header.membersHash, committed),
      "a header must commit to the members in force from the next height",
    );
  }

  #advance(executed: ExecutedBlock, certificate: CommitCertificate, totals: Totals): void {
    const { hash, header } = executed;
    const failed = totals.failed - this.#totals.failed;
    this.#head = { hash, header };
    this.#hashes.add(header.number, hash);
    this.#totals = totals;
    if (executed.members !== null) this.#members = executed.members;
    this.#config = this.#configs.at(header.number + 1);
    this.#metrics.height.set(header.number);
    this.#metrics.lowest.set(this.#pruner.lowest);
    this.#metrics.transactions.inc({ outcome: "failed" }, failed);
    this.#metrics.transactions.inc({ outcome: "ok" }, executed.txs.length - failed);
    this.#metrics.gas.inc({}, header.gasUsed);
    this.#metrics.replayKeys.set(this.#replay.size);
    this.#events.emit("committed", { executed, certificate, members: this.#members, config: this.#config });
  }
}
