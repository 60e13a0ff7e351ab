import { createCryptoSuite } from "@fb/crypto";
import { createMemoryNetwork, type MemoryNetwork } from "@fb/p2p-whitelist/testing";
import { type Clock, createThreadShare, noMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock, createSeededRng, type FakeClock } from "@fb/runtime/testing";
import {
  type Block,
  bigTo32,
  type CommitCertificate,
  certificateQuorum,
  commitDigest,
  EMPTY,
  EMPTY_BLOOM,
  encodeBlock,
  encodeCertificate,
  equalBytes,
  type GroupChannel,
  type GroupId,
  type Hash,
  type HeadInfo,
  headerHash,
  type Members,
  membersHash,
  type NodeId,
  type SignedTransaction,
  toHex,
  txRoot,
  ZERO_HASH,
} from "@fb/types";
import {
  type AcceptedTransactions,
  createSync,
  DEFAULT_SYNC_OPTIONS,
  type EncodedBlock,
  type ImportBlockFn,
  type Sync,
  type SyncChain,
  type SyncHalt,
  type SyncOptions,
  type SyncPool,
} from "../src/index.ts";
import { type BlockItem, wire } from "../src/wire.ts";

export const suite = await createCryptoSuite();
export const GROUP = 3 as GroupId;

export interface Keyed {
  readonly id: NodeId;
  readonly key: Uint8Array;
}

/** Ascending by node id. */
export const keyed: readonly Keyed[] = Array.from({ length: 8 }, (_, i) => {
  const key = bigTo32(BigInt(i + 1));
  return { id: toHex(suite.publicKey(key)) as NodeId, key };
}).sort((x, y) => (x.id < y.id ? -1 : 1));

export interface History {
  readonly blocks: readonly Block[];
  readonly certificates: readonly CommitCertificate[];
  readonly genesisHash: Hash;
  /** In force for a height. */
  membersAt(height: number): Members;
  certify(block: Block, by: readonly number[]): CommitCertificate;
}

/** A chain of blocks with transactions of random bytes, certified by the sealers of each height. */
export function makeHistory(
  heights: number,
  membersAt: (height: number) => Members,
  extra: { seed?: number; timestamp?: number; txBytes?: number } = {},
): History {
  const rng = createSeededRng(extra.seed ?? 1);
  const blocks: Block[] = [];
  for (let number = 0; number <= heights; number++) {
    const transactions = number === 0 ? [] : Array.from({ length: 2 }, () => rng.bytes(extra.txBytes ?? 60));
    const header = {
      parentHash: number === 0 ? ZERO_HASH : headerHash(suite, blocks[number - 1]!.header),
      number,
      timestamp: (extra.timestamp ?? 1_700_000_000_000) + number,
      stateRoot: ZERO_HASH,
      tablesRoot: ZERO_HASH,
      txRoot: txRoot(
        suite,
        transactions.map((raw) => suite.hash(raw)),
      ),
      receiptRoot: ZERO_HASH,
      membersHash: membersHash(suite, membersAt(number + 1)),
      logsBloom: EMPTY_BLOOM,
      gasLimit: 1_000_000,
      gasUsed: 0,
      sealer: 0,
      extraData: EMPTY,
    };
    blocks.push({ header, transactions });
  }
  const genesisHash = headerHash(suite, blocks[0]!.header);
  const certify = (block: Block, by: readonly number[]): CommitCertificate => {
    const height = block.header.number;
    const digest = commitDigest(suite, genesisHash, { height, round: 2, hash: headerHash(suite, block.header) });
    const { sealers } = membersAt(height);
    const sign = (sealer: number) => suite.sign(digest, keyed.find(({ id }) => id === sealers[sealer])!.key);
    return { round: 2, signatures: by.map((sealer) => ({ sealer, signature: sign(sealer) })) };
  };
  const certificates = blocks.map((block, height) => {
    const count = height === 0 ? 0 : certificateQuorum("pbft", membersAt(height).sealers.length);
    return certify(
      block,
      Array.from({ length: count }, (_, i) => i),
    );
  });
  return { blocks, certificates, genesisHash, membersAt, certify };
}

export class MemoryChain implements SyncChain {
  readonly genesisHash: Hash;
  readonly imported: number[] = [];
  /** Set to make the next import fail. */
  refuse: { ok: false; code: string } | Error | null = null;
  /** What is below is pruned. */
  lowest = 0;
  /** Reads wait for this. */
  gate: Promise<void> | null = null;
  readonly #history: History;
  readonly #blocks: Block[];
  readonly #certificates: CommitCertificate[];
  readonly #listeners = new Set<() => void>();

  constructor(history: History, height: number) {
    this.#history = history;
    this.genesisHash = history.genesisHash;
    this.#blocks = history.blocks.slice(0, height + 1);
    this.#certificates = history.certificates.slice(0, height + 1);
  }

  get height(): number {
    return this.#blocks.length - 1;
  }

  head(): HeadInfo {
    const { header } = this.#blocks.at(-1)!;
    return { header, hash: headerHash(suite, header) };
  }

  lowestBlock(): number {
    return this.lowest;
  }

  members(): Members {
    return this.#history.membersAt(this.#blocks.length);
  }

  async encodedBlocks(from: number, maxBlocks: number, maxBytes: number): Promise<readonly EncodedBlock[]> {
    await this.gate;
    if (from < this.lowest) return [];
    const found: EncodedBlock[] = [];
    let bytes = 0;
    for (let number = from; number <= this.height && found.length < maxBlocks; number++) {
      const block = encodeBlock(this.#blocks[number]!);
      bytes += block.length;
      if (found.length > 0 && bytes > maxBytes) break;
      found.push({ block, certificate: encodeCertificate(this.#certificates[number]!) });
    }
    return found;
  }

  onCommitted(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What consensus does. */
  grow(to: number): void {
    while (this.height < to) {
      const next = this.height + 1;
      this.#push(this.#history.blocks[next]!, this.#history.certificates[next]!);
    }
  }

  readonly importBlock: ImportBlockFn = async (block, certificate) => {
    await Promise.resolve();
    if (this.refuse instanceof Error) throw this.refuse;
    if (this.refuse !== null) return this.refuse;
    const { number, parentHash } = block.header;
    if (number <= this.height) return { ok: true };
    if (number !== this.height + 1 || !equalBytes(parentHash, this.head().hash))
      return { ok: false, code: "WRONG_PARENT" };
    this.imported.push(number);
    this.#push(block, certificate);
    return { ok: true };
  };

  #push(block: Block, certificate: CommitCertificate): void {
    this.#blocks.push(block);
    this.#certificates.push(certificate);
    for (const listener of this.#listeners) listener();
  }
}

/** A pool that takes any bytes but those beginning with 0xff. */
export class MemoryPool implements SyncPool {
  readonly txs = new Map<string, SignedTransaction>();
  readonly received: string[] = [];
  /** Set to refuse everything. */
  full = false;
  readonly #arrivals = new Map<string, number>();
  readonly #listeners = new Set<(event: AcceptedTransactions) => void>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async submit(raws: readonly Uint8Array[], origin: string) {
    await Promise.resolve();
    const source = origin === "client" ? "client" : "peer";
    const accepted: SignedTransaction[] = [];
    const outcomes = raws.map((raw) => {
      const hash = suite.hash(raw);
      const key = toHex(hash);
      if (source === "peer") this.received.push(key);
      if (raw[0] === 0xff) return { ok: false, code: "SIGNATURE_INVALID", hash, recovered: true } as const;
      if (this.full) return { ok: false, code: "POOL_FULL", hash, recovered: false } as const;
      if (this.txs.has(key)) return { ok: false, code: "ALREADY_KNOWN", hash, recovered: false } as const;
      const signed = { tx: { raw: raw.slice(), hash }, sender: EMPTY } as unknown as SignedTransaction;
      this.txs.set(key, signed);
      this.#arrivals.set(key, this.#clock.now());
      accepted.push(signed);
      return { ok: true, hash } as const;
    });
    if (accepted.length > 0) for (const listener of this.#listeners) listener({ txs: accepted, source });
    return outcomes;
  }

  get(hash: Hash): SignedTransaction | null {
    return this.txs.get(toHex(hash)) ?? null;
  }

  knows(hash: Hash): boolean {
    return this.txs.has(toHex(hash));
  }

  *waiting() {
    for (const [key, { tx }] of this.txs) yield { hash: tx.hash, arrivedAt: this.#arrivals.get(key)! };
  }

  onAccepted(listener: (event: AcceptedTransactions) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export interface TestNode {
  readonly id: NodeId;
  readonly chain: MemoryChain;
  readonly pool: MemoryPool;
  readonly sync: Sync;
  readonly channel: GroupChannel;
  readonly log: ReturnType<typeof createCapturingLogger>;
  readonly halts: SyncHalt[];
}

export interface TestNetwork {
  readonly clock: FakeClock;
  readonly network: MemoryNetwork;
  readonly allowed: readonly NodeId[];
  /** Starts sync of a node; `index` into {@link keyed}, `links` too: who it connects to, everybody unless told. */
  add(
    index: number,
    history: History,
    height: number,
    options?: Partial<SyncOptions>,
    links?: readonly number[],
  ): TestNode;
  /** A member whose messages the test makes itself. */
  stranger(index: number): GroupChannel;
  close(): Promise<void>;
}

export function createTestNetwork(): TestNetwork {
  const clock = createFakeClock();
  const rng = createSeededRng(7);
  const network = createMemoryNetwork({ delivery: "clock", clock, rng, delayMs: [2, 2] });
  const allowed = keyed.map(({ id }) => id);
  const nodes: TestNode[] = [];
  return {
    clock,
    network,
    allowed,
    add(index, history, height, options = {}, links) {
      const { id } = keyed[index]!;
      const peers = links?.map((link) => keyed[link]!.id) ?? allowed;
      const channel = network.node(id).group(GROUP, peers);
      const chain = new MemoryChain(history, height);
      const pool = new MemoryPool(clock);
      const log = createCapturingLogger();
      const halts: SyncHalt[] = [];
      const sync = createSync(
        { ...DEFAULT_SYNC_OPTIONS, consensus: "pbft", rulesVersion: 1, ...options },
        {
          channel,
          chain,
          pool,
          importBlock: chain.importBlock,
          suite,
          clock,
          rng: createSeededRng(index),
          lane: createThreadShare({ sliceMs: 5, lanes: 1 })[0]!,
          log,
          metrics: noMetrics,
          onHalt: (halt) => halts.push(halt),
        },
      );
      sync.start();
      const node = { id, chain, pool, sync, channel, log, halts };
      nodes.push(node);
      return node;
    },
    stranger: (index) => network.node(keyed[index]!.id).group(GROUP, allowed),
    async close() {
      await Promise.all(nodes.map(({ sync }) => sync.close()));
    },
  };
}

/** Payload of an answer to a block request. */
export function blockAnswer(id: number, items: readonly BlockItem[], lowest_block = 0): Uint8Array {
  const response = { id, items: wire.encode("BlockItems", { items }), lowest_block };
  return wire.encode("SyncMessage", { block_response: response });
}

/** Payload of an answer to a request for transactions. */
export function txAnswer(id: number, txs: readonly Uint8Array[]): Uint8Array {
  return wire.encode("TxsMessage", { response: { id, txs: wire.encode("TxList", { txs }) } });
}

/** Sealers and observers by index into {@link keyed}. */
export function members(sealers: readonly number[], observers: readonly number[] = []): Members {
  return { sealers: sealers.map((i) => keyed[i]!.id), observers: observers.map((i) => keyed[i]!.id) };
}
