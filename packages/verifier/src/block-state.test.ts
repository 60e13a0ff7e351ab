import { type Account, type AccountChange, EMPTY, type Hex, type StateView, ZERO_HASH } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockState } from "./block-state.ts";

const NO_CODE = new Uint8Array(32).fill(0xc5);
const address = (value: number): Hex => value.toString(16).padStart(40, "0");
const slot = (value: number): Hex => value.toString(16).padStart(64, "0");
const word = (value: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? value : 0));

interface Model {
  account: Account;
  slots: Map<Hex, Uint8Array>;
}

/** The plainest possible state: whole accounts, copied and replaced. */
class NaiveState {
  readonly accounts = new Map<Hex, Model>();

  apply(at: Hex, change: AccountChange): void {
    if (change.account === null) {
      this.accounts.delete(at);
      return;
    }
    const slots = change.clearStorage ? new Map() : (this.accounts.get(at)?.slots ?? new Map());
    for (const [key, value] of change.slots) slots.set(key, value);
    this.accounts.set(at, { account: change.account, slots });
  }
}

function viewOf(state: NaiveState): StateView {
  return {
    height: 0,
    peekAccount: (at) => state.accounts.get(at)?.account ?? null,
    peekSlot: (at, key) => state.accounts.get(at)?.slots.get(key) ?? ZERO_HASH,
    peekCode: () => undefined,
    load: async () => {},
  };
}

const change = fc.oneof(
  { weight: 1, arbitrary: fc.constant<AccountChange>({ account: null, clearStorage: true, slots: new Map() }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.nat(9), fc.boolean(), fc.array(fc.tuple(fc.nat(3), fc.nat(255)), { maxLength: 3 }))
      .map(([balance, clearStorage, slots]): AccountChange => {
        const account = { nonce: 1n, balance: BigInt(balance), codeHash: NO_CODE };
        return { account, clearStorage, slots: new Map(slots.map(([key, value]) => [slot(key), word(value)])) };
      }),
  },
);

describe("block state", () => {
  it("reads like a state that is changed in place, and its changes lead there from the parent", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2), change), { maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(2), change), { maxLength: 6 }),
        (changes, before) => {
          const parent = new NaiveState();
          const expected = new NaiveState();
          for (const [at, value] of before) {
            parent.apply(address(at), value);
            expected.apply(address(at), value);
          }
          const state = new BlockState(viewOf(parent), NO_CODE);
          for (const [at, value] of changes) {
            state.merge(new Map([[address(at), value]]));
            expected.apply(address(at), value);
          }
          const replayed = new NaiveState();
          for (const [at, value] of before) replayed.apply(address(at), value);
          for (const [at, value] of state.changes()) replayed.apply(at, value);
          const truth = viewOf(expected);
          for (const view of [state, viewOf(replayed)]) {
            for (let at = 0; at < 3; at++) {
              expect(view.peekAccount(address(at))).toEqual(truth.peekAccount(address(at)));
              for (let key = 0; key < 4; key++) {
                expect(view.peekSlot(address(at), slot(key))).toEqual(truth.peekSlot(address(at), slot(key)));
              }
            }
          }
        },
      ),
    );
  });

  it("deletes accounts that are left empty, and never invents one", () => {
    const parent = new NaiveState();
    const account = { nonce: 0n, balance: 5n, codeHash: NO_CODE };
    parent.apply(address(1), { account, clearStorage: false, slots: new Map() });
    const state = new BlockState(viewOf(parent), NO_CODE);
    state.setAccount(address(1), account, 0n, 0n);
    state.setAccount(address(2), null, 0n, 0n);
    expect(state.changes()).toEqual(new Map([[address(1), { account: null, clearStorage: true, slots: new Map() }]]));
    state.setAccount(address(1), null, 0n, 3n);
    expect(state.changes().get(address(1))).toMatchObject({ account: { balance: 3n }, clearStorage: true });
  });

  it("answers code set in the block, and drops it with its account", () => {
    const code = Uint8Array.of(1, 2, 3);
    const codeHash = new Uint8Array(32).fill(9);
    const state = new BlockState(viewOf(new NaiveState()), NO_CODE);
    state.merge(
      new Map([
        [address(1), { account: { nonce: 1n, balance: 0n, codeHash }, clearStorage: false, slots: new Map(), code }],
      ]),
    );
    expect(state.peekCode("09".repeat(32))).toBe(code);
    expect(state.peekCode("c5".repeat(32))).toEqual(EMPTY);
    expect(state.changes().get(address(1))!.code).toBe(code);
    state.merge(new Map([[address(1), { account: null, clearStorage: true, slots: new Map() }]]));
    expect(state.changes().get(address(1))!.code).toBeUndefined();
  });
});
