import {
  type Account,
  equalBytes,
  type Hash,
  type Height,
  type Hex,
  InvariantError,
  type StateCommitment,
  type StateMiss,
  type StateView,
  ZERO_HASH,
} from "@fb/types";
import { storageError } from "../errors.ts";
import type { NetChange, NetChanges } from "./net-changes.ts";

/** A block that was computed but may never be committed. `data` is what the world state needs to go on from it. */
export interface Candidate<T> {
  readonly height: Height;
  readonly root: Hash;
  readonly net: NetChanges;
  readonly data: T;
  /** The candidate it stands on; null = a committed block, which a candidate becomes in time. */
  parent: Candidate<T> | null;
}

/** More candidates than a pipeline of a few heights can ever need; the oldest go first. */
const MAX_CANDIDATES = 64;

/** The candidates above the head, and what links commitments back to them. */
export class Candidates<T> {
  readonly #known = new WeakMap<StateCommitment, Candidate<T>>();
  #pending: Candidate<T>[] = [];
  #committed: Candidate<T> | null = null;

  add(commitment: StateCommitment, candidate: Candidate<T>): void {
    this.#known.set(commitment, candidate);
    // The parent may have been committed while this one was computed.
    if (candidate.parent === this.#committed) candidate.parent = null;
    this.#pending.push(candidate);
    if (this.#pending.length > MAX_CANDIDATES) this.#pending.shift();
  }

  /** The candidate with this root. Throws PARENT_UNKNOWN. */
  find(height: Height, root: Hash): Candidate<T> {
    const found = this.#pending.findLast(
      (candidate) => candidate.height === height && equalBytes(candidate.root, root),
    );
    if (found === undefined) {
      throw storageError("PARENT_UNKNOWN", "parent is neither committed nor a candidate in memory", { height });
    }
    return found;
  }

  /** The candidate a commitment belongs to, which becomes the head. */
  commit(height: Height, commitment: StateCommitment): Candidate<T> {
    const candidate = this.#known.get(commitment);
    if (candidate?.height !== height) throw new InvariantError("commitment of another state or height", { height });
    this.#pending = this.#pending.filter((other) => other.height > height);
    this.#committed = candidate;
    // A pipeline that never pauses must not keep every block it ever ran.
    for (const other of this.#pending) if (other.parent === candidate) other.parent = null;
    return candidate;
  }
}

/** State after a candidate, over the state of the committed block below it. */
export class CandidateView implements StateView {
  readonly height: Height;
  readonly #base: StateView;
  readonly #net: NetChanges;

  constructor(height: Height, base: StateView, net: NetChanges) {
    this.height = height;
    this.#base = base;
    this.#net = net;
  }

  peekAccount(address: Hex): Account | null | undefined {
    const change = this.#net.accounts.get(address);
    return change === undefined ? this.#base.peekAccount(address) : change.after;
  }

  peekSlot(address: Hex, slot: Hex): Uint8Array | undefined {
    const value = slotOf(this.#net.accounts.get(address), slot);
    return value === undefined ? this.#base.peekSlot(address, slot) : value;
  }

  peekCode(codeHash: Hex): Uint8Array | undefined {
    return this.#net.code.get(codeHash) ?? this.#base.peekCode(codeHash);
  }

  load(misses: readonly StateMiss[]): Promise<void> {
    return this.#base.load(misses);
  }
}

function slotOf(change: NetChange | undefined, slot: Hex): Uint8Array | undefined {
  if (change === undefined) return undefined;
  const own = change.slots.get(slot);
  if (own !== undefined) return own.after;
  return change.cleared || change.after === null ? ZERO_HASH : undefined;
}
