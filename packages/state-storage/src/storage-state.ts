import { BacklogReport, type Gauge, noMetrics, silentLogger } from "@fb/runtime";
import { contractTableName, storageError, TABLES } from "@fb/storage-amdb";
import {
  type BlockPreImages,
  type Candidate,
  Candidates,
  CandidateView,
  type NetChanges,
  netChanges,
  preImagesOf,
  RecentState,
} from "@fb/storage-amdb/state";
import {
  type AccountProof,
  type CryptoSuite,
  EMPTY,
  equalBytes,
  fromHex,
  type Hash,
  type Height,
  type Hex,
  invariant,
  type RowOp,
  runningRoot,
  type StateChanges,
  type StateCommitment,
  type StateView,
  toHex,
  type WorldState,
  writeSetDigest,
  ZERO_HASH,
} from "@fb/types";
import { ACCOUNT_KEY, encodeAccount } from "./account-row.ts";
import { History, type HistoryChange } from "./history.ts";
import type { StorageStateOptions } from "./options.ts";
import { slotField } from "./slot-row.ts";
import { StorageReader } from "./storage-reader.ts";

const MIB = 1024 * 1024;
const DEFAULT_HISTORY_BLOCKS = 256;
const HEAD_KEY = new TextEncoder().encode("head");

/**
 * Opens the world state that lives in AMDB rows (SPEC 1-4): the head, and what recent blocks overwrote.
 * Throws STORAGE_CORRUPT when the backend holds blocks but no state of this type.
 */
export async function createStorageState(options: StorageStateOptions): Promise<WorldState> {
  const head = options.backend.height();
  const row = (await options.backend.rows(TABLES.stateRoots, HEAD_KEY))[0];
  const root = row === undefined ? ZERO_HASH : row.fields[0];
  if (root?.length !== 32 || (row === undefined) !== head < 0) {
    throw storageError("STORAGE_CORRUPT", "no state of type storage at the head", { head });
  }
  const { historyBlocks = DEFAULT_HISTORY_BLOCKS, preImageBytes = 64 * MIB } = options;
  invariant(Number.isInteger(historyBlocks) && historyBlocks >= 1, "historyBlocks is at least 1", { historyBlocks });
  const history = await History.open(options.backend, historyBlocks);
  const preImages = await history.recent(head, preImageBytes);
  return new StorageState({ ...options, historyBlocks, preImageBytes }, head, root, history, preImages);
}

type Checked = StorageStateOptions & Required<Pick<StorageStateOptions, "historyBlocks" | "preImageBytes">>;

class StorageState implements WorldState {
  readonly type = "storage";
  readonly emptyRoot = ZERO_HASH;
  readonly #suite: CryptoSuite;
  readonly #history: History;
  readonly #report: BacklogReport;
  readonly #lowestGauge: Gauge;
  readonly #reader: StorageReader;
  readonly #recent: RecentState;
  readonly #candidates = new Candidates<HistoryChange>();
  /** Roots of the blocks that can still be parents. */
  readonly #roots: Map<Height, Hash>;

  constructor(options: Checked, head: Height, root: Hash, history: History, preImages: readonly BlockPreImages[]) {
    this.#suite = options.suite;
    this.#history = history;
    this.#reader = new StorageReader(options.backend, history, () => this.#recent);
    const metrics = options.metrics ?? noMetrics;
    this.#lowestGauge = metrics.gauge("fb_state_lowest_blocks", "Lowest block whose state is kept");
    this.#report = new BacklogReport(options.log ?? silentLogger, "state-pruning");
    this.#roots = new Map([[head, root]]);
    this.#recent = new RecentState({
      head,
      reader: this.#reader,
      emptyCodeHash: toHex(options.suite.hash(EMPTY)),
      cacheBytes: options.cacheBytes ?? 128 * MIB,
      preImageBytes: options.preImageBytes,
      preImageBlocks: options.historyBlocks,
      preImages,
      metrics,
    });
    this.#lowestGauge.set(this.lowest());
  }

  lowest(): Height {
    return Math.max(0, this.#history.floor(this.#recent.head));
  }

  view(height: Height): StateView {
    return this.#recent.view(height);
  }

  async commitment(height: Height, parentRoot: Hash, changes: StateChanges): Promise<StateCommitment> {
    const parent = this.#parent(height - 1, parentRoot);
    const view = this.#viewOf(height - 1, parent);
    const codeHashOf = (code: Uint8Array) => toHex(this.#suite.hash(code));
    const net = await netChanges(view, changes, codeHashOf, (address) => this.#listSlots(address, height - 1, parent));
    const writes = stateWrites(net);
    const root = runningRoot(this.#suite, parentRoot, writeSetDigest(this.#suite, writes));
    const change = await this.#history.plan(height, preImagesOf(net));
    const batch = [...writes, ...change.ops];
    for (const [hash, code] of net.code)
      batch.push({ table: TABLES.code, key: fromHex(hash)!, row: 0, fields: [code] });
    batch.push({ table: TABLES.stateRoots, key: HEAD_KEY, row: 0, fields: [root] });
    const commitment = { root, batch };
    this.#candidates.add(commitment, { height, root, net, data: change, parent });
    return commitment;
  }

  committed(height: Height, commitment: StateCommitment, _changes: StateChanges): void {
    const { net, root, data } = this.#candidates.commit(height, commitment);
    this.#history.committed(height, data);
    this.#recent.committed(height, net, data.images);
    this.#report.step(this.#history.backlog(height), this.lowest());
    this.#lowestGauge.set(this.lowest());
    this.#roots.set(height, root);
    for (const old of this.#roots.keys()) if (old < this.#recent.preImages.floor) this.#roots.delete(old);
  }

  async proof(): Promise<AccountProof> {
    throw storageError("PROOF_UNSUPPORTED", "a group with state-storage has no state proofs");
  }

  /** Null = the parent is committed. */
  #parent(height: Height, root: Hash): Candidate<HistoryChange> | null {
    const committed = this.#roots.get(height);
    if (committed !== undefined && equalBytes(committed, root)) return null;
    return this.#candidates.find(height, root);
  }

  #viewOf(height: Height, candidate: Candidate<HistoryChange> | null): StateView {
    if (candidate === null) return this.#recent.view(height);
    return new CandidateView(height, this.#viewOf(height - 1, candidate.parent), candidate.net);
  }

  /** Slots in the state after block `height`, or after the candidate of that height. */
  async #listSlots(
    address: Hex,
    height: Height,
    candidate: Candidate<HistoryChange> | null,
  ): Promise<Map<Hex, Uint8Array>> {
    const layers: NetChanges[] = [];
    let committed = height;
    for (let layer = candidate; layer !== null; layer = layer.parent) {
      layers.unshift(layer.net);
      committed--;
    }
    const slots = await this.#reader.listSlots(address);
    if (committed < this.#recent.preImages.floor) {
      throw storageError("STATE_NOT_KEPT", "state of the parent is not kept", { height: committed });
    }
    this.#recent.preImages.restoreSlots(committed, address, slots);
    for (const net of layers) {
      for (const [slot, { after }] of net.accounts.get(address)?.slots ?? []) slots.set(slot, after);
    }
    for (const [slot, value] of slots) if (equalBytes(value, ZERO_HASH)) slots.delete(slot);
    return slots;
  }
}

/** Row operations of a block's accounts and slots; exactly these count in the root. */
function stateWrites(net: NetChanges): RowOp[] {
  const writes: RowOp[] = [];
  for (const [address, change] of net.accounts) {
    const table = contractTableName(address);
    if (change.after !== change.before) {
      const fields = change.after === null ? null : [encodeAccount(change.after)];
      writes.push({ table, key: ACCOUNT_KEY, row: 0, fields });
    }
    for (const [slot, { after }] of change.slots) {
      const fields = equalBytes(after, ZERO_HASH) ? null : [slotField(after)];
      writes.push({ table, key: fromHex(slot)!, row: 0, fields });
    }
  }
  return writes;
}
