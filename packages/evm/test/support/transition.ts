import { RLP } from "@ethereumjs/rlp";
import type { TestTransaction } from "@fb/state-tests";
import {
  type Address,
  bigToBytes,
  type Evm,
  type EvmBlock,
  type EvmFork,
  type EvmResult,
  type Log,
  type StateView,
  toHex,
} from "@fb/types";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { testHost } from "./host.ts";
import { EMPTY_CODE_HASH, type World } from "./world.ts";

const MAX_NONCE = (1n << 64n) - 1n;
const WORD_LIMIT = 1n << 256n;
export const MAX_INIT_CODE = 49_152;
const GAS_PER_BLOB = 131_072n;
const MAX_BLOBS = 6;

/** EIP-2028, 2930, 3860. */
export function intrinsicGas(tx: TestTransaction): bigint {
  let gas = 21_000n;
  for (const byte of tx.data) gas += byte === 0 ? 4n : 16n;
  if (tx.to === null) gas += 32_000n + 2n * BigInt((tx.data.length + 31) >> 5);
  for (const { slots } of tx.accessList) gas += 2400n + 1900n * BigInt(slots.length);
  return gas;
}

/** Why a transaction cannot be included, or null. */
function refusal(tx: TestTransaction, world: World, block: EvmBlock): string | null {
  const sender = world.account(tx.sender);
  const nonce = sender?.nonce ?? 0n;
  if (nonce !== tx.nonce) return "nonce";
  if (tx.nonce >= MAX_NONCE) return "nonce maximum";
  if (sender !== null && toHex(sender.codeHash) !== toHex(EMPTY_CODE_HASH)) return "sender has code";
  if (tx.gasLimit > block.gasLimit) return "gas limit above the block's";
  if (tx.maxPriorityFee > tx.maxFee) return "priority fee above fee";
  if (tx.maxFee < block.baseFee) return "fee below base fee";
  if (tx.to === null && tx.data.length > MAX_INIT_CODE) return "init code size";
  let cost = tx.gasLimit * tx.maxFee + tx.value;
  if (tx.blob !== null) {
    const { hashes, maxFee } = tx.blob;
    if (tx.to === null) return "blob creation";
    if (hashes.length === 0 || hashes.length > MAX_BLOBS) return "blob count";
    if (hashes.some((hash) => hash.length !== 32 || hash[0] !== 1)) return "blob version";
    if (maxFee < block.blobBaseFee) return "blob fee";
    cost += BigInt(hashes.length) * GAS_PER_BLOB * maxFee;
  }
  if (cost >= WORD_LIMIT) return "cost overflow";
  if ((sender?.balance ?? 0n) < cost) return "balance";
  return tx.gasLimit < intrinsicGas(tx) ? "intrinsic gas" : null;
}

/** What became of a transaction. */
export type Transition =
  | { readonly type: "refused"; readonly reason: string }
  /** `gasUsed` is what was paid for: intrinsic gas included, refund taken off. */
  | { readonly type: "included"; readonly gasUsed: bigint; readonly result: EvmResult };

/** Where a transaction runs: by the rules of Cancun for transactions, and of `fork` for the engine. */
export interface Site {
  readonly block: EvmBlock;
  readonly fork: EvmFork;
}

/** Runs one transaction over `world`, which it changes; the engine reads through `view`. */
export async function transition(
  evm: Evm,
  world: World,
  tx: TestTransaction,
  { block, fork }: Site,
  view: StateView = world.view(),
): Promise<Transition> {
  const reason = refusal(tx, world, block);
  if (reason !== null) return { type: "refused", reason };
  // biome-ignore lint/complexity/useMathMinMax: these are bigints.
  const priority = tx.maxPriorityFee < tx.maxFee - block.baseFee ? tx.maxPriorityFee : tx.maxFee - block.baseFee;
  const gasPrice = block.baseFee + priority;
  const blobCost = BigInt(tx.blob?.hashes.length ?? 0) * GAS_PER_BLOB * block.blobBaseFee;
  world.update(tx.sender, (account) => ({
    ...account,
    nonce: account.nonce + 1n,
    balance: account.balance - tx.gasLimit * gasPrice - blobCost,
  }));
  const intrinsic = intrinsicGas(tx);
  const result = await evm.execute(
    {
      caller: tx.sender,
      origin: tx.sender,
      to: tx.to,
      ...(tx.to === null ? { createAddress: createAddress(tx.sender, tx.nonce) } : {}),
      value: tx.value,
      data: tx.data,
      gas: tx.gasLimit - intrinsic,
      gasPrice,
      blobHashes: tx.blob?.hashes ?? [],
      isStatic: false,
      accessList: tx.accessList,
    },
    testHost(view, fork, block),
  );
  world.apply(result.changes);
  const used = intrinsic + result.gasUsed;
  const refund = result.refund < used / 5n ? result.refund : used / 5n;
  const paid = used - refund;
  const reward = paid * priority;
  world.update(tx.sender, (account) => ({ ...account, balance: account.balance + (tx.gasLimit - paid) * gasPrice }));
  world.update(block.coinbase, (account) => ({ ...account, balance: account.balance + reward }));
  world.removeIfEmpty(block.coinbase);
  return { type: "included", gasUsed: paid, result };
}

function createAddress(sender: Address, nonce: bigint): Address {
  return keccak_256(RLP.encode([sender, bigToBytes(nonce)])).slice(12);
}

export function logsHash(logs: readonly Log[]): Uint8Array {
  return keccak_256(RLP.encode(logs.map(({ address, topics, data }) => [address, [...topics], data])));
}
