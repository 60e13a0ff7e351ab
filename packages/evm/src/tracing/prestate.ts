import type { Account, Hash, Hex, StateView } from "@fb/types";

/** What an execution read from its view, with the answers: the state before it, as far as it mattered. */
export interface Prestate {
  readonly accounts: ReadonlyMap<Hex, Account | null>;
  /** By address, then slot. */
  readonly slots: ReadonlyMap<Hex, ReadonlyMap<Hex, Hash>>;
  /** By code hash. */
  readonly codes: ReadonlyMap<Hex, Uint8Array>;
}

/** A view that notes what is read through it. */
export function recordingView(view: StateView): { readonly view: StateView; readonly prestate: Prestate } {
  const accounts = new Map<Hex, Account | null>();
  const slots = new Map<Hex, Map<Hex, Hash>>();
  const codes = new Map<Hex, Uint8Array>();
  const recording: StateView = {
    height: view.height,
    peekAccount(address) {
      const account = view.peekAccount(address);
      if (account !== undefined) accounts.set(address, account);
      return account;
    },
    peekSlot(address, slot) {
      const value = view.peekSlot(address, slot);
      if (value !== undefined) {
        const known = slots.get(address) ?? new Map<Hex, Hash>();
        slots.set(address, known.set(slot, value.slice()));
      }
      return value;
    },
    peekCode(codeHash) {
      const code = view.peekCode(codeHash);
      if (code !== undefined) codes.set(codeHash, code);
      return code;
    },
    load: (misses) => view.load(misses),
  };
  return { view: recording, prestate: { accounts, slots, codes } };
}
