import { createCryptoSuite } from "@fb/crypto";
import { createReferenceEvm } from "@fb/evm/reference";
import {
  type Account,
  EMPTY,
  type Evm,
  type Hex,
  type SignedTransaction,
  type StateMiss,
  type StateView,
  type Transaction,
  toHex,
  ZERO_HASH,
} from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockState } from "./block-state.ts";
import type { ExecutionHost } from "./host.ts";
import { TransactionRunner } from "./transaction.ts";

const suite = await createCryptoSuite();
const reference = await createReferenceEvm(suite);
const NO_CODE = suite.hash(EMPTY);
const sender = new Uint8Array(20).fill(1);
const other = new Uint8Array(20).fill(2);
const MAX = 2n ** 256n - 1n;
const config = { txGasLimit: 10_000_000, blockGasLimit: 10_000_000, chargeGas: false, evmFork: "cancun" } as const;

function view(accounts: ReadonlyMap<Hex, Account>, cold = false): StateView {
  const known = new Set<Hex>();
  return {
    height: 0,
    peekAccount: (at) => (cold && !known.has(at) ? undefined : (accounts.get(at) ?? null)),
    peekSlot: () => ZERO_HASH,
    peekCode: () => EMPTY,
    async load(misses: readonly StateMiss[]) {
      for (const miss of misses) if (miss.type === "account") known.add(miss.address);
    },
  };
}

function hostOver(state: BlockState): ExecutionHost {
  return {
    view: state,
    block: {
      number: 1,
      timestamp: 1,
      coinbase: new Uint8Array(20).fill(3),
      prevRandao: ZERO_HASH,
      gasLimit: 10_000_000n,
      baseFee: 0n,
      blobBaseFee: 1n,
      chainId: 1n,
      blockHash: () => null,
    },
    fork: "cancun",
    beginTransaction: () => {},
    isSystemContract: () => false,
    callSystemContract() {
      throw new TypeError("there are no system contracts here");
    },
    loadTables: async () => {},
    savepoint: () => 0,
    revertTo: () => {},
  };
}

function runnerOver(state: BlockState, evm: Evm): TransactionRunner {
  return new TransactionRunner({ suite, evm, host: hostOver(state), state, config });
}

function transfer(to: Uint8Array, value: bigint, isGroup: boolean, nonce: bigint): SignedTransaction {
  const tx: Partial<Transaction> = {
    type: isGroup ? 0x7e : 0,
    hash: ZERO_HASH,
    nonce,
    gasPrice: 0n,
    priorityFee: 0n,
    gas: 100_000n,
    to,
    value,
    data: EMPTY,
    accessList: [],
    group: isGroup ? { groupId: 1n, blockLimit: 1n, extraData: EMPTY } : null,
  };
  return { tx: tx as Transaction, sender };
}

const refusing: Evm = {
  name: "refusing",
  execute() {
    throw new TypeError("the engine was asked");
  },
};

const balance = fc.oneof(fc.constantFrom(0n, 1n, 5n, MAX - 5n, MAX), fc.bigInt(0n, MAX));
/** An account, or none; an empty one does not exist (EIP-161). */
const account = fc.option(
  fc.record({ nonce: fc.constantFrom(0n, 1n, 7n), balance }).filter((held) => held.nonce > 0n || held.balance > 0n),
  { nil: null },
);

describe("SPEC 4.4: transfers", () => {
  it("take the same effect with and without the engine", async () => {
    await fc.assert(
      fc.asyncProperty(
        account,
        account,
        balance,
        fc.boolean(),
        fc.boolean(),
        async (from, to, value, toSelf, isGroup) => {
          const accounts = new Map<Hex, Account>();
          if (to !== null) accounts.set(toHex(other), { ...to, codeHash: NO_CODE });
          if (from !== null) accounts.set(toHex(sender), { ...from, codeHash: NO_CODE });
          const signed = transfer(toSelf ? sender : other, value, isGroup, from?.nonce ?? 0n);
          const fast = new BlockState(view(accounts), NO_CODE);
          const receipt = await runnerOver(fast, reference).run(signed);
          const slow = new BlockState(view(accounts), NO_CODE);
          const nonce = from?.nonce ?? 0n;
          if (!isGroup)
            slow.setAccount(toHex(sender), slow.peekAccount(toHex(sender))!, nonce + 1n, from?.balance ?? 0n);
          const message = {
            caller: sender,
            origin: sender,
            to: signed.tx.to,
            value,
            data: EMPTY,
            gas: 79_000n,
            gasPrice: 0n,
            blobHashes: [],
            isStatic: false,
            accessList: [],
          };
          const result = await reference.execute(message, hostOver(slow));
          slow.merge(result.changes);
          expect(receipt.status === 0).toBe(result.error === null);
          for (const at of [toHex(sender), toHex(other)]) expect(fast.peekAccount(at)).toEqual(slow.peekAccount(at));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("neither ask the engine nor wait when their accounts are in memory", () => {
    const accounts = new Map<Hex, Account>([[toHex(sender), { nonce: 0n, balance: 10n, codeHash: NO_CODE }]]);
    const runner = runnerOver(new BlockState(view(accounts), NO_CODE), refusing);
    const receipt = runner.run(transfer(other, 3n, false, 0n));
    expect(receipt).not.toBeInstanceOf(Promise);
    expect(receipt).toMatchObject({ status: 0, gasUsed: 21_000 });
  });

  it("wait once for accounts that are not", async () => {
    const accounts = new Map<Hex, Account>([[toHex(sender), { nonce: 0n, balance: 10n, codeHash: NO_CODE }]]);
    const runner = runnerOver(new BlockState(view(accounts, true), NO_CODE), refusing);
    expect(await runner.run(transfer(other, 3n, false, 0n))).toMatchObject({ status: 0, gasUsed: 21_000 });
  });

  it("to reserved addresses and to code are left to the engine", () => {
    const code = { nonce: 1n, balance: 0n, codeHash: new Uint8Array(32) };
    const accounts = new Map<Hex, Account>([
      [toHex(sender), { nonce: 0n, balance: 10n, codeHash: NO_CODE }],
      [toHex(other), code],
    ]);
    for (const to of [other, new Uint8Array(20).fill(4, 19), new Uint8Array(20).fill(0x10, 18)]) {
      const runner = runnerOver(new BlockState(view(accounts), NO_CODE), refusing);
      expect(() => runner.run(transfer(to, 1n, false, 0n))).toThrow("the engine was asked");
    }
  });
});
