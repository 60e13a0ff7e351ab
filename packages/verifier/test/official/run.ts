import { createSystemContracts, type SystemContracts } from "@fb/precompiled";
import { noMetrics } from "@fb/runtime";
import { accountsOf, blockOf, type StateTest, type TestTransaction, transactionOf } from "@fb/state-tests";
import { BlockOverlay, createTableCache } from "@fb/storage-amdb";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import {
  type CryptoSuite,
  EMPTY,
  type Evm,
  type Log,
  RECEIPT_STATUS,
  type Receipt,
  rlpEncode,
  type SignedTransaction,
  type StateType,
  toHex,
} from "@fb/types";
import { BlockState } from "../../src/block-state.ts";
import { createHost } from "../../src/host.ts";
import { TransactionRunner } from "../../src/transaction.ts";
import { OfficialWorld } from "./world.ts";

type Case = StateTest["post"][string][number];

export type Outcome =
  | { readonly type: "passed" }
  /** What this chain decides differently from Ethereum, so that the file's state cannot be reached. */
  | { readonly type: "different"; readonly rule: string }
  | { readonly type: "failed"; readonly reason: string };

/** Gas limits above this are cut: this chain counts gas in numbers. */
const MAX_GAS = Number.MAX_SAFE_INTEGER;

/** The files have contracts of their own at these addresses. */
function noSystemContracts(suite: CryptoSuite): SystemContracts {
  return { ...createSystemContracts(suite), addresses: [], has: () => false };
}

const REFUSALS: ReadonlySet<number> = new Set([
  RECEIPT_STATUS.blockGasLimitReached,
  RECEIPT_STATUS.invalidNonce,
  RECEIPT_STATUS.transactionRefused,
  RECEIPT_STATUS.initCodeSizeLimit,
  RECEIPT_STATUS.outOfGasIntrinsic,
  RECEIPT_STATUS.notEnoughCash,
]);

export interface Rig {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
}

/** One case through the verifier's runner of transactions and a world state, commit included. */
export async function runCase({ suite, evm }: Rig, type: StateType, test: StateTest, expected: Case): Promise<Outcome> {
  const tx = transactionOf(test, expected);
  const block = blockOf(test);
  const rule = ruleOf(tx, block.gasLimit, block.baseFee);
  if (rule !== null) return { type: "different", rule };

  const world = await OfficialWorld.open(suite, type, accountsOf(test));
  const state = new BlockState(world.view(), suite.hash(EMPTY));
  const tables = new BlockOverlay(
    createTableCache({ backend: createMemoryBackend(), maxBytes: 1 << 20, metrics: noMetrics }),
    1,
  );
  const config = {
    txGasLimit: MAX_GAS,
    blockGasLimit: Number(block.gasLimit),
    chargeGas: true,
    evmFork: "cancun",
  } as const;
  const host = createHost(noSystemContracts(suite), { state, tables, block, fork: config.evmFork, number: 1 });
  const runner = new TransactionRunner({ suite, evm, host, state, config });
  const receipt = await runner.run(signed(tx, block.baseFee));

  const isRefused = REFUSALS.has(receipt.status) && receipt.logs.length === 0 && runner.gasNeeded === 0;
  if (expected.expectException !== undefined) {
    if (isRefused) return { type: "passed" };
    return { type: "failed", reason: `expected ${expected.expectException}, got status ${receipt.status}` };
  }
  if (isRefused) return { type: "failed", reason: `refused with status ${receipt.status}` };
  if (`0x${toHex(logsHash(suite, receipt.logs))}` !== expected.logs) return { type: "failed", reason: "logs differ" };
  burnBaseFee(state, toHex(block.coinbase), receipt, block.baseFee);
  const root = await world.rootAfter(state.changes());
  return `0x${toHex(root)}` === expected.hash
    ? { type: "passed" }
    : { type: "failed", reason: `state root differs, status ${receipt.status}` };
}

/** Why the file's transaction means something else here; null when it does not. */
function ruleOf(tx: TestTransaction, blockGasLimit: bigint, baseFee: bigint): string | null {
  if (tx.blob !== null) return "blob transactions are refused before they are a transaction";
  if (tx.gasLimit > blockGasLimit) return "a gas limit above the block's is cut, not refused";
  if (tx.gasLimit > BigInt(MAX_GAS)) return "a gas limit above 2^53 is cut";
  if (tx.maxPriorityFee > tx.maxFee || tx.maxFee < baseFee) return "the base fee is 0";
  return null;
}

/** Here the base fee is 0 and the whole price goes to the sealer: the file's price becomes the priority fee. */
function signed(tx: TestTransaction, baseFee: bigint): SignedTransaction {
  // biome-ignore lint/complexity/useMathMinMax: these are bigints.
  const priority = tx.maxPriorityFee < tx.maxFee - baseFee ? tx.maxPriorityFee : tx.maxFee - baseFee;
  return {
    sender: tx.sender,
    tx: {
      type: 2,
      raw: EMPTY,
      hash: new Uint8Array(32),
      signingHash: new Uint8Array(32),
      signature: new Uint8Array(65),
      nonce: tx.nonce,
      gasPrice: tx.maxFee,
      priorityFee: baseFee + priority,
      gas: tx.gasLimit,
      to: tx.to,
      value: tx.value,
      data: tx.data,
      accessList: tx.accessList,
      chainId: 1n,
      group: null,
    },
  };
}

/** Takes back from the sealer what Ethereum burns. */
function burnBaseFee(state: BlockState, coinbase: string, receipt: Receipt, baseFee: bigint): void {
  const account = state.peekAccount(coinbase) ?? null;
  if (account === null || baseFee === 0n) return;
  state.setAccount(coinbase, account, account.nonce, account.balance - baseFee * BigInt(receipt.gasUsed));
}

function logsHash(suite: CryptoSuite, logs: readonly Log[]): Uint8Array {
  return suite.hash(rlpEncode(logs.map(({ address, topics, data }) => [address, [...topics], data])));
}
