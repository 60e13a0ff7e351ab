import {
  type Block,
  type BlockHeader,
  bigTo32,
  type CommitCertificate,
  type ConsensusType,
  type CryptoSuite,
  concatBytes,
  EMPTY,
  FbError,
  type Hash,
  type HeadInfo,
  type Height,
  headerHash,
  type Members,
  membersHash,
  type NodeId,
  proposalHeader,
  toHex,
  txRoot,
  verifyCertificate,
  ZERO_HASH,
} from "@fb/types";
import type {
  ChainPort,
  ExecuteResult,
  ExecutionPort,
  NewHead,
  PoolPort,
  SealedTransactions,
  SealLimits,
} from "../ports.ts";

export interface StoredBlock {
  readonly info: HeadInfo;
  readonly transactions: readonly Uint8Array[];
  readonly certificate: CommitCertificate | null;
}

/**
 * A chain whose state is the hash of everything before: enough for an engine, and deterministic. It survives the engine
 * (it is the disk). A transaction may appear once.
 */
export class TestChain implements ChainPort, ExecutionPort, PoolPort {
  readonly genesisHash: Hash;
  readonly blocks: StoredBlock[];
  /** Set to make this node compute something else: a broken program or disk. */
  corruption: Uint8Array = EMPTY;
  txCount = 1000;
  /** Takes effect with the next head. */
  timeoutMs = 3000;
  readonly #suite: CryptoSuite;
  readonly #type: ConsensusType;
  readonly #members: Members;
  readonly #executed = new Map<string, { info: HeadInfo; transactions: readonly Uint8Array[] }>();
  readonly #headListeners = new Set<(head: NewHead) => void>();
  readonly #pendingListeners = new Set<() => void>();
  readonly #pool = new Map<string, Uint8Array>();
  readonly #known = new Set<string>();

  constructor(suite: CryptoSuite, type: ConsensusType, sealers: readonly NodeId[], timestamp: number) {
    this.#suite = suite;
    this.#type = type;
    this.#members = { sealers: [...sealers].sort(), observers: [] };
    const header: BlockHeader = {
      parentHash: ZERO_HASH,
      number: 0,
      timestamp,
      stateRoot: ZERO_HASH,
      tablesRoot: ZERO_HASH,
      txRoot: ZERO_HASH,
      receiptRoot: ZERO_HASH,
      membersHash: membersHash(suite, this.#members),
      logsBloom: new Uint8Array(256),
      gasLimit: 1_000_000,
      gasUsed: 0,
      sealer: 0,
      extraData: EMPTY,
    };
    this.genesisHash = headerHash(suite, header);
    this.blocks = [{ info: { hash: this.genesisHash, header }, transactions: [], certificate: null }];
  }

  get height(): Height {
    return this.blocks.length - 1;
  }

  head(): NewHead {
    return { head: this.blocks.at(-1)!.info, members: this.#members };
  }

  durableHeight(): Height {
    return this.height;
  }

  limits() {
    return { txCount: this.txCount, gas: 1_000_000, timeoutMs: this.timeoutMs };
  }

  async header(height: Height): Promise<BlockHeader | null> {
    return this.blocks[height]?.info.header ?? null;
  }

  onHead(listener: (head: NewHead) => void): () => void {
    this.#headListeners.add(listener);
    return () => void this.#headListeners.delete(listener);
  }

  async execute(block: Block): Promise<ExecuteResult> {
    const code = this.#refusal(block);
    if (code !== null) return { ok: false, code };
    const info = this.#run(block);
    this.#executed.set(toHex(info.hash), { info, transactions: block.transactions });
    return { ok: true, hash: info.hash, header: info.header };
  }

  async commit(hash: Hash, certificate: CommitCertificate): Promise<void> {
    const executed = this.#executed.get(toHex(hash));
    if (executed === undefined) throw new FbError("NOT_EXECUTED", "commit of a block that was not executed");
    if (executed.info.header.number <= this.height) return;
    await null;
    this.#store({ ...executed, certificate });
  }

  /** Sync: takes a peer's next blocks up to `height`, certificates checked. */
  importFrom(peer: TestChain, height: Height): void {
    for (const block of peer.blocks.slice(this.height + 1, height + 1)) {
      const { info, certificate } = block;
      const claim = {
        genesisHash: this.genesisHash,
        consensus: this.#type,
        sealers: this.#members.sealers,
        height: info.header.number,
        hash: info.hash,
        certificate: certificate!,
      };
      const verdict = verifyCertificate(this.#suite, claim);
      if (!verdict.ok) throw new FbError(verdict.code, "a peer's certificate is bad", { height: info.header.number });
      const ours = this.#run({ header: proposalHeader(info.header), transactions: block.transactions });
      if (toHex(ours.hash) !== toHex(info.hash)) return;
      this.#store(block);
    }
  }

  submit(raw: Uint8Array): void {
    const key = toHex(this.#suite.hash(raw));
    if (this.#known.has(key)) return;
    this.#pool.set(key, raw);
    for (const listener of this.#pendingListeners) listener();
  }

  pending(): number {
    return this.#pool.size;
  }

  onPending(listener: () => void): () => void {
    this.#pendingListeners.add(listener);
    return () => void this.#pendingListeners.delete(listener);
  }

  async seal(limits: SealLimits): Promise<SealedTransactions> {
    const transactions: Uint8Array[] = [];
    let bytes = 0;
    for (const raw of this.#pool.values()) {
      if (transactions.length === limits.maxCount || bytes + raw.length > limits.maxBytes) break;
      transactions.push(raw);
      bytes += raw.length;
    }
    return { transactions, hashes: transactions.map((raw) => this.#suite.hash(raw)) };
  }

  /** Why a block is not valid over the head; null when it is. */
  #refusal({ header, transactions }: Block): string | null {
    const { head } = this.head();
    const hashes = transactions.map((raw) => this.#suite.hash(raw));
    if (header.number !== head.header.number + 1) return "WRONG_HEIGHT";
    if (toHex(header.parentHash) !== toHex(head.hash)) return "WRONG_PARENT";
    if (toHex(txRoot(this.#suite, hashes)) !== toHex(header.txRoot)) return "TX_ROOT";
    return hashes.some((hash) => this.#known.has(toHex(hash))) ? "REPLAYED" : null;
  }

  #run(block: Block): HeadInfo {
    const parent = this.head().head.header;
    const { header } = block;
    const stateRoot = this.#suite.hash(concatBytes(parent.stateRoot, header.txRoot, this.corruption));
    const receiptRoot = this.#suite.hash(bigTo32(BigInt(header.number)));
    const executed = { ...header, stateRoot, receiptRoot, membersHash: parent.membersHash };
    return { hash: headerHash(this.#suite, executed), header: executed };
  }

  #store(block: StoredBlock): void {
    this.blocks.push(block);
    this.#executed.clear();
    for (const raw of block.transactions) {
      const key = toHex(this.#suite.hash(raw));
      this.#known.add(key);
      this.#pool.delete(key);
    }
    for (const listener of this.#headListeners) listener(this.head());
    for (const listener of this.#pendingListeners) listener();
  }
}
