import { RLP } from "@ethereumjs/rlp";
import { type Address, bigToBytes, type EvmBlock, type EvmFork, type EvmResult, type Evm, type Log, toHex } from "@fb/types";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { testHost } from "../support/host.ts";
import { EMPTY_CODE_HASH, type World } from "../support/world.ts";
import { bytesOf, numberOf, type StateTest, type TestTransaction, wordOf } from "./state-test.ts";

const MAX_NONCE = (1n << 64n) - 1n;
const WORD_LIMIT = 1n << 256n;
const MAX_INIT_CODE = 49_152;
const GAS_PER_BLOB = 131_072n;
const MAX_BLOBS = 6;
const BLOB_FEE_FRACTION = 3_338_477n;

export function blockOf(test: StateTest): EvmBlock {
  const { env } = test;
  return {
    number: Number(numberOf(env["currentNumber"])),
    timestamp: Number(numberOf(env["currentTimestamp"])),
    coinbase: bytesOf(env["currentCoinbase"]!),
    prevRandao: wordOf(env["currentRandom"] ?? "0x0"),
    gasLimit: numberOf(env["currentGasLimit"]),
    baseFee: numberOf(env["currentBaseFee"]),
    blobBaseFee: fakeExponential(1n, numberOf(env["currentExcessBlobGas"]), BLOB_FEE_FRACTION),
    chainId: 1n,
    // The filler's convention: the hash of the decimal number.
    blockHash: (number) => keccak_256(new TextEncoder().encode(String(number))),
  };
}

/** EIP-4844. */
function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let output = 0n;
  let term = factor * denominator;
  for (let i = 1n; term > 0n; i++) {
    output += term;
    term = (term * numerator) / (denominator * i);
  }
  return output / denominator;
}

/** EIP-2028, 2930, 3860. */
export function intrinsicGas(tx: TestTransaction): bigint {
  let gas = 21_000n;
  for (const byte of tx.data) gas += byte === 0 ? 4n : 16n;
  if (tx.to === null) gas += 32_000n + 2n * BigInt((tx.data.length + 31) >> 5);
  for (const { slots } of tx.accessList) gas += 2400n + 1900n * BigInt(slots.length);
  return gas;
}

/** Why a transaction cannot be included, or null. */
export function refusal(tx: TestTransaction, world: World, block: EvmBlock): string | null {
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

/** Runs one transaction over `world`, which it changes. Null logs: refused. */
export async function transition(
  evm: Evm,
  world: World,
  tx: TestTransaction,
  block: EvmBlock,
  fork: EvmFork,
  cold: boolean,
): Promise<{ readonly logs: readonly Log[]; readonly refused: string | null; readonly result: EvmResult | null }> {
  const refused = refusal(tx, world, block);
  if (refused !== null) return { logs: [], refused, result: null };
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
    testHost(cold ? world.coldView() : world.view(), fork, block),
  );
  world.apply(result.changes);
  const used = intrinsic + result.gasUsed;
  const refund = result.refund < used / 5n ? result.refund : used / 5n;
  const paid = used - refund;
  const reward = paid * priority;
  world.update(tx.sender, (account) => ({ ...account, balance: account.balance + (tx.gasLimit - paid) * gasPrice }));
  world.update(block.coinbase, (account) => ({ ...account, balance: account.balance + reward }));
  world.removeIfEmpty(block.coinbase);
  return { logs: result.logs, refused: null, result };
}

export function createAddress(sender: Address, nonce: bigint): Address {
  return keccak_256(RLP.encode([sender, bigToBytes(nonce)])).slice(12);
}

export function logsHash(logs: readonly Log[]): Uint8Array {
  return keccak_256(RLP.encode(logs.map(({ address, topics, data }) => [address, [...topics], data])));
}
