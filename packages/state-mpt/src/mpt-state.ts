import { BacklogReport, type Gauge, noMetrics, silentLogger } from "@fb/runtime";
import { keyNumber, numberKey, storageError, TABLES } from "@fb/storage-amdb";
import {
  type Candidate,
  Candidates,
  CandidateView,
  netChanges,
  preImagesOf,
  RecentState,
} from "@fb/storage-amdb/state";
import {
  type AccountProof,
  type Address,
  EMPTY,
  equalBytes,
  fromHex,
  type Hash,
  type Height,
  invariant,
  isCode,
  type RowOp,
  type StateChanges,
  type StateCommitment,
  type StateView,
  type StorageBackend,
  toHex,
  type WorldState,
  ZERO_HASH,
} from "@fb/types";
import { decodeAccount, decodeSlot } from "./account-value.ts";
import { applyBlock, rootHash, StorageTrie, slotPath } from "./block-tries.ts";
import { evictNodes } from "./eviction.ts";
import { toNibbles } from "./nibbles.ts";
import { NodeRef, type Trie } from "./node.ts";
import { NodeStore } from "./node-store.ts";
import type { MptStateOptions } from "./options.ts";
import { type PruneChange, staleRows, TriePruner } from "./pruning.ts";
import { TrieReader } from "./trie-reader.ts";
import { findAll, proofNodes } from "./trie-walk.ts";

const MIB = 1024 * 1024;

/**
 * Opens the world state that is a Merkle Patricia trie (SPEC 1-4). Every kept height is readable and provable; at equal
 * content the root is Ethereum's. Throws STORAGE_CORRUPT when the backend holds blocks but no state of this type.
 */
export async function createMptState(options: MptStateOptions): Promise<WorldState> {
  const { historyBlocks = 1 } = options;
  invariant(Number.isInteger(historyBlocks) && historyBlocks >= 1, "historyBlocks is at least 1", { historyBlocks });
  const store = new NodeStore(options.backend, options.suite);
  const head = options.backend.height();
  const trie = await readRoot(options.backend, store, head);
  if (trie === null) throw storageError("STORAGE_CORRUPT", "no state of type mpt at the head", { head });
  return new MptState(options, store, await TriePruner.open(options.backend), head, trie);
}

/** What a block makes of the state. */
interface NextState {
  readonly trie: Trie;
  readonly pruning: PruneChange;
}

/** The account trie of a committed height from its root row; null when the row is not there. */
async function readRoot(backend: StorageBackend, store: NodeStore, height: Height): Promise<Trie | null> {
  if (height < 0) return { owner: EMPTY, root: null };
  const fields = (await backend.rows(TABLES.stateRoots, numberKey(height)))[0]?.fields;
  if (fields === undefined) return null;
  const [root, nodeHeight] = fields;
  if (root?.length !== 32 || nodeHeight?.length !== 8) {
    throw storageError("STORAGE_CORRUPT", "state root row is unreadable", { height });
  }
  return { owner: EMPTY, root: equalBytes(root, store.emptyRoot) ? null : new NodeRef(root, keyNumber(nodeHeight)) };
}

class MptState implements WorldState {
  readonly type = "mpt";
  readonly emptyRoot: Hash;
  readonly #options: MptStateOptions;
  readonly #store: NodeStore;
  readonly #recent: RecentState;
  readonly #reader: TrieReader;
  readonly #pruner: TriePruner;
  readonly #report: BacklogReport;
  readonly #candidates = new Candidates<NextState>();
  readonly #nodeCacheBytes: number;
  readonly #bytesGauge: Gauge;
  readonly #lowestGauge: Gauge;
  /** Account trie of the head. */
  #trie: Trie;
  #treeBytes = 0;
  /** What is below may be gone, as soon as a block that was computed is durable. */
  #givenUp: Height = -1;

  constructor(options: MptStateOptions, store: NodeStore, pruner: TriePruner, head: Height, trie: Trie) {
    const { backend, suite } = options;
    const metrics = options.metrics ?? noMetrics;
    this.#options = options;
    this.#store = store;
    this.#pruner = pruner;
    this.#report = new BacklogReport(options.log ?? silentLogger, "state-pruning");
    this.#trie = trie;
    this.emptyRoot = store.emptyRoot;
    this.#nodeCacheBytes = options.nodeCacheBytes ?? 128 * MIB;
    this.#bytesGauge = metrics.gauge("fb_state_trie_bytes", "Estimated bytes of trie nodes in memory");
    this.#lowestGauge = metrics.gauge("fb_state_lowest_blocks", "Lowest block whose state is kept");
    const used = () => this.#recent.head + 1;
    this.#reader = new TrieReader({ backend, suite, store, trieAt: (height) => this.#trieAt(height), used });
    this.#recent = new RecentState({
      head,
      reader: {
        read: (height, misses) => this.#whileKept(height, () => this.#reader.read(height, misses)),
      },
      emptyCodeHash: toHex(suite.hash(EMPTY)),
      cacheBytes: options.cacheBytes ?? 64 * MIB,
      preImageBytes: options.preImageBytes ?? 32 * MIB,
      preImageBlocks: options.historyBlocks ?? Number.POSITIVE_INFINITY,
      metrics,
    });
    this.#lowestGauge.set(this.lowest());
  }

  lowest(): Height {
    return Math.max(0, this.#kept, Math.min(this.#pruner.firstRoot, this.#recent.head));
  }

  view(height: Height): StateView {
    return this.#recent.view(height);
  }

  async commitment(height: Height, parentRoot: Hash, changes: StateChanges): Promise<StateCommitment> {
    const { suite, historyBlocks } = this.#options;
    const { trie: parent, candidate } = await this.#parent(height - 1, parentRoot);
    const codeHashOf = (code: Uint8Array) => toHex(suite.hash(code));
    const net = await netChanges(this.#viewOf(height - 1, candidate), changes, codeHashOf, null);
    const { trie, rows, stale } = await applyBlock(parent, net, height, this.#recent.head + 1, {
      store: this.#store,
      suite,
    });
    const root = rootHash(trie.root, this.emptyRoot);
    const batch: RowOp[] = [...rows, ...staleRows(height, stale)];
    for (const [hash, code] of net.code)
      batch.push({ table: TABLES.code, key: fromHex(hash)!, row: 0, fields: [code] });
    const rootRow = [root, numberKey(trie.root === null ? height : trie.root.height)];
    batch.push({ table: TABLES.stateRoots, key: numberKey(height), row: 0, fields: rootRow });
    const lowest = historyBlocks === undefined ? 0 : Math.max(0, height - historyBlocks);
    this.#givenUp = Math.max(this.#givenUp, lowest);
    const pruning = await this.#pruner.plan(lowest, stale.length);
    for (const op of pruning.ops) batch.push(op);
    const commitment = { root, batch };
    this.#candidates.add(commitment, { height, root, net, data: { trie, pruning }, parent: candidate });
    this.#treeBytes += 600 * rows.length;
    return commitment;
  }

  committed(height: Height, commitment: StateCommitment, _changes: StateChanges): void {
    const { net, data } = this.#candidates.commit(height, commitment);
    const { trie, pruning } = data;
    this.#recent.committed(height, net, preImagesOf(net));
    this.#trie = trie;
    this.#pruner.committed(pruning);
    this.#report.step(this.#pruner.backlog(this.#kept), this.#pruner.firstRoot);
    this.#lowestGauge.set(this.lowest());
    if (this.#treeBytes + this.#store.loadedBytes > this.#nodeCacheBytes) {
      this.#treeBytes = evictNodes(trie, this.#nodeCacheBytes / 2);
      this.#store.loadedBytes = 0;
    }
    this.#bytesGauge.set(this.#treeBytes + this.#store.loadedBytes);
  }

  proof(height: Height, address: Address, slots: readonly Hash[]): Promise<AccountProof> {
    return this.#whileKept(height, () => this.#prove(height, address, slots));
  }

  async #prove(height: Height, address: Address, slots: readonly Hash[]): Promise<AccountProof> {
    const { suite } = this.#options;
    const used = this.#recent.head + 1;
    // A trie of its own, so that no node is evicted between loading and writing the proof.
    const trie = await this.#detachedTrieAt(height);
    const path = toNibbles(suite.hash(address));
    const [leaf] = await findAll(this.#store, [{ trie, path }], used);
    const storage: Trie = leaf == null ? { owner: address, root: null } : new StorageTrie(address, leaf);
    const paths = slots.map((slot) => slotPath(toHex(slot), (data) => suite.hash(data)));
    const found = await findAll(
      this.#store,
      paths.map((slot) => ({ trie: storage, path: slot })),
      used,
    );
    const account = leaf == null ? null : decodeAccount(leaf.value);
    return {
      address,
      account: account?.account ?? null,
      storageHash: account?.storageRoot ?? this.emptyRoot,
      accountProof: proofNodes(trie, path, used),
      storageProof: slots.map((slot, i) => ({
        slot,
        value: found[i] == null ? ZERO_HASH : decodeSlot(found[i].value),
        proof: proofNodes(storage, paths[i]!, used),
      })),
    };
  }

  async #parent(height: Height, root: Hash): Promise<{ trie: Trie; candidate: Candidate<NextState> | null }> {
    if (height <= this.#recent.head) {
      const trie = await this.#trieAt(height);
      if (equalBytes(rootHash(trie.root, this.emptyRoot), root)) return { trie, candidate: null };
    }
    const candidate = this.#candidates.find(height, root);
    return { trie: candidate.data.trie, candidate };
  }

  #viewOf(height: Height, candidate: Candidate<NextState> | null): StateView {
    if (candidate === null) return this.#recent.view(height);
    return new CandidateView(height, this.#viewOf(height - 1, candidate.parent), candidate.net);
  }

  async #trieAt(height: Height): Promise<Trie> {
    return height === this.#recent.head ? this.#trie : this.#detachedTrieAt(height);
  }

  async #detachedTrieAt(height: Height): Promise<Trie> {
    const { backend } = this.#options;
    const trie = height > backend.height() || height < this.#kept ? null : await readRoot(backend, this.#store, height);
    if (trie === null) throw storageError("STATE_NOT_KEPT", "state of this height is not kept", { height });
    return trie;
  }

  /** Runs a read that pruning may overtake: what it then misses was pruned. */
  async #whileKept<T>(height: Height, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (height >= this.#givenUp || !isCode(error, "STORAGE_CORRUPT")) throw error;
      throw storageError("STATE_NOT_KEPT", "state of this height is not kept", { height }, error);
    }
  }

  /** Lowest height that is not given up; what was given up before a larger number was set may be gone above it. */
  get #kept(): Height {
    const { historyBlocks } = this.#options;
    return historyBlocks === undefined ? -1 : this.#recent.head - historyBlocks;
  }
}
