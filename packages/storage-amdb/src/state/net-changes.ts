import {
  type Account,
  equalBytes,
  type Hex,
  type StateChanges,
  type StateMiss,
  type StateView,
  ZERO_HASH,
} from "@fb/types";

/** A slot that really changed: 32 bytes each, zero for an absent slot. */
export interface SlotChange {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** What a block really did to one account, beside what was there before. */
export interface NetChange {
  readonly before: Account | null;
  /** Null deletes the account. The same object as `before` when only slots changed. */
  readonly after: Account | null;
  /** All slots before the block are gone; `slots` then hold only what was set anew (or, where all were listed, every change). */
  readonly cleared: boolean;
  /** Changes by slot; `before` is zero throughout when `cleared` and the old slots are not listed. */
  readonly slots: ReadonlyMap<Hex, SlotChange>;
}

/** A block's changes without those that change nothing, so that equal states have equal write sets. */
export interface NetChanges {
  /** In ascending order of address. */
  readonly accounts: ReadonlyMap<Hex, NetChange>;
  /** Code set in the block by its hash. */
  readonly code: ReadonlyMap<Hex, Uint8Array>;
}

/** All slots of an account that are not zero, in the parent's state. */
export type ListSlots = (address: Hex) => Promise<ReadonlyMap<Hex, Uint8Array>>;

/**
 * Compares changes with the parent's state.
 *
 * @param codeHashOf hex of the hash of a code
 * @param listSlots given by a state that can list an account's slots; a cleared storage then becomes plain slot changes
 */
export async function netChanges(
  parent: StateView,
  changes: StateChanges,
  codeHashOf: (code: Uint8Array) => Hex,
  listSlots: ListSlots | null,
): Promise<NetChanges> {
  const before = await readBefore(parent, changes);
  const accounts = new Map<Hex, NetChange>();
  const code = new Map<Hex, Uint8Array>();
  for (const address of [...changes.keys()].sort()) {
    const change = changes.get(address)!;
    if (change.code !== undefined && change.code.length > 0) code.set(codeHashOf(change.code), change.code);
    const old = before.accounts.get(address)!;
    const clears = old !== null && (change.clearStorage || change.account === null);
    const slots = change.slots.size === 0 && !clears ? NO_CHANGES : new Map<Hex, SlotChange>();
    const listed = clears && listSlots !== null ? await listSlots(address) : null;
    for (const [slot, value] of listed ?? []) slots.set(slot, { before: value, after: ZERO_HASH });
    if (change.account !== null) {
      for (const [slot, after] of change.slots) {
        const previous = before.slots.get(address)?.get(slot) ?? listed?.get(slot) ?? ZERO_HASH;
        if (equalBytes(previous, after)) slots.delete(slot);
        else slots.set(slot, { before: previous, after });
      }
    }
    const cleared = clears && listed === null;
    const after = sameAccount(old, change.account) ? old : change.account;
    if (cleared || slots.size > 0 || after !== old) accounts.set(address, { before: old, after, cleared, slots });
  }
  return { accounts, code };
}

const NO_CHANGES = new Map<Hex, SlotChange>();

interface Before {
  readonly accounts: Map<Hex, Account | null>;
  readonly slots: Map<Hex, Map<Hex, Uint8Array>>;
}

async function readBefore(parent: StateView, changes: StateChanges): Promise<Before> {
  const accounts = new Map<Hex, Account | null>();
  const slots = new Map<Hex, Map<Hex, Uint8Array>>();
  const missing: StateMiss[] = [];
  for (const [address, change] of changes) {
    const account = parent.peekAccount(address);
    if (account === undefined) missing.push({ type: "account", address });
    else accounts.set(address, account);
    // What is cleared comes from the list of slots, or counts as zero.
    if (change.clearStorage || change.account === null || change.slots.size === 0) continue;
    const own = new Map<Hex, Uint8Array>();
    slots.set(address, own);
    for (const slot of change.slots.keys()) {
      const value = parent.peekSlot(address, slot);
      if (value === undefined) missing.push({ type: "slot", address, slot });
      else own.set(slot, value);
    }
  }
  if (missing.length > 0) await parent.load(missing);
  for (const miss of missing) {
    if (miss.type === "account") accounts.set(miss.address, parent.peekAccount(miss.address)!);
    else if (miss.type === "slot") slots.get(miss.address)!.set(miss.slot, parent.peekSlot(miss.address, miss.slot)!);
  }
  return { accounts, slots };
}

function sameAccount(a: Account | null, b: Account | null): boolean {
  if (a === null || b === null) return a === b;
  return a.nonce === b.nonce && a.balance === b.balance && equalBytes(a.codeHash, b.codeHash);
}
