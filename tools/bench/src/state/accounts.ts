import { createSeededRng } from "@fb/runtime/testing";
import { type AccountChange, bigTo32, type CryptoSuite, EMPTY, type Hex, type StateChanges, toHex } from "@fb/types";

/** Balance of each holder, in the token and in coins. */
const BALANCE = bigTo32(10n ** 24n);

/** A transfer of the token between two of the holders, by their index. */
export interface Transfer {
  readonly from: number;
  readonly to: number;
}

/** The address of the i-th holder: a hash, so that addresses lie everywhere. */
export function holder(suite: CryptoSuite, index: number): Uint8Array {
  return suite.hash(bigTo32(BigInt(index))).slice(12);
}

/** Slot of an account's balance in OpenZeppelin's ERC20, whose first variable is the mapping of balances. */
export function balanceSlot(suite: CryptoSuite, address: Uint8Array): Hex {
  const key = new Uint8Array(64);
  key.set(address, 12);
  return toHex(suite.hash(key));
}

/** Accounts and token balances of some holders, as one block would make them. */
export function holderChanges(
  suite: CryptoSuite,
  from: number,
  to: number,
  token: { readonly address: Hex; readonly account: AccountChange["account"] } | null,
): StateChanges {
  const changes = new Map<Hex, AccountChange>();
  const slots = new Map<Hex, Uint8Array>();
  const codeHash = suite.hash(EMPTY);
  for (let index = from; index < to; index++) {
    const address = holder(suite, index);
    const account = { nonce: 0n, balance: 10n ** 18n, codeHash };
    changes.set(toHex(address), { account, clearStorage: false, slots: new Map() });
    slots.set(balanceSlot(suite, address), BALANCE);
  }
  if (token !== null) changes.set(token.address, { account: token.account, clearStorage: false, slots });
  return changes;
}

/** Blocks of transfers between holders drawn by a seed; nobody sends to himself. */
export function* transfers(holders: number, perBlock: number, seed: number): Generator<readonly Transfer[]> {
  const rng = createSeededRng(seed);
  for (;;) {
    yield Array.from({ length: perBlock }, () => {
      const from = rng.below(holders);
      return { from, to: (from + 1 + rng.below(holders - 1)) % holders };
    });
  }
}
