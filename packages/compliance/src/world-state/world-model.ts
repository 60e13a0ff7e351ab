import {
  type Account,
  type AccountChange,
  equalBytes,
  type Hex,
  type StateChanges,
  type StateMiss,
  type StateView,
  ZERO_HASH,
} from "@fb/types";

interface ModelAccount {
  readonly account: Account;
  readonly slots: ReadonlyMap<Hex, Uint8Array>;
}

/** The world state as a plain map: slow, obviously right, and immutable, so that every height can be kept. */
export class WorldModel {
  readonly accounts: ReadonlyMap<Hex, ModelAccount>;

  constructor(accounts: ReadonlyMap<Hex, ModelAccount> = new Map()) {
    this.accounts = accounts;
  }

  account(address: Hex): Account | null {
    return this.accounts.get(address)?.account ?? null;
  }

  slot(address: Hex, slot: Hex): Uint8Array {
    return this.accounts.get(address)?.slots.get(slot) ?? ZERO_HASH;
  }

  apply(changes: StateChanges): WorldModel {
    const accounts = new Map(this.accounts);
    for (const [address, change] of changes) {
      if (change.account === null) {
        accounts.delete(address);
        continue;
      }
      const slots = new Map(change.clearStorage ? [] : accounts.get(address)?.slots);
      for (const [slot, value] of change.slots) {
        if (equalBytes(value, ZERO_HASH)) slots.delete(slot);
        else slots.set(slot, value);
      }
      accounts.set(address, { account: change.account, slots });
    }
    return new WorldModel(accounts);
  }
}

/** Reads an account the way an executor does: from memory, and by loading when memory has no answer. */
export async function readAccount(view: StateView, address: Hex): Promise<Account | null> {
  return read(view, { type: "account", address }, () => view.peekAccount(address));
}

export async function readSlot(view: StateView, address: Hex, slot: Hex): Promise<Uint8Array> {
  return read(view, { type: "slot", address, slot }, () => view.peekSlot(address, slot));
}

export async function readCode(view: StateView, codeHash: Hex): Promise<Uint8Array> {
  return read(view, { type: "code", codeHash }, () => view.peekCode(codeHash));
}

async function read<T>(view: StateView, miss: StateMiss, peek: () => T | undefined): Promise<T> {
  const known = peek();
  if (known !== undefined) return known;
  await view.load([miss]);
  return peek()!;
}

/** A change with the usual fields left out. */
export function change(account: Account | null, slots: Iterable<readonly [Hex, Uint8Array]> = []): AccountChange {
  return { account, clearStorage: false, slots: new Map(slots) };
}
