import type { GroupInfo } from "@fb/api";
import {
  type AccessListItem,
  type Address,
  addressOf,
  type BlockHeader,
  type CryptoSuite,
  contractAddress,
  type Evm,
  type EvmBlock,
  type EvmHost,
  type EvmResult,
  ethChainId,
  fromHex,
  groupContractAddress,
  logsBloom,
  type NodeId,
  RECEIPT_STATUS,
  type Receipt,
  type SignedTransaction,
} from "@fb/types";
import type { MemoryState } from "./memory-state.ts";

interface Message {
  readonly from: Address;
  readonly to: Address | null;
  readonly createAddress: Address;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly gas: bigint;
  readonly gasPrice: bigint;
  readonly accessList: readonly AccessListItem[];
}

export interface Execution {
  readonly status: number;
  readonly gasUsed: bigint;
  readonly output: Uint8Array;
  readonly result: EvmResult | null;
}

/** Executes transactions and calls one by one over a {@link MemoryState}, gas never charged. */
export class MemoryExecutor {
  readonly #suite: CryptoSuite;
  readonly #evm: Evm;
  readonly #info: GroupInfo;
  readonly #sealer: NodeId;

  constructor(suite: CryptoSuite, evm: Evm, info: GroupInfo, sealer: NodeId) {
    this.#suite = suite;
    this.#evm = evm;
    this.#info = info;
    this.#sealer = sealer;
  }

  /** The receipt (without cumulative gas) and the state after it. */
  async transaction(state: MemoryState, header: BlockHeader, { tx, sender }: SignedTransaction) {
    const nonce = state.account(sender).nonce;
    const createAddress =
      tx.group === null ? contractAddress(this.#suite, sender, nonce) : groupContractAddress(this.#suite, tx.hash);
    const before = tx.group === null ? state.with(sender, { nonce: nonce + 1n }) : state;
    const message = { ...tx, from: sender, createAddress, gasPrice: 0n };
    const { status, gasUsed, output, result } = await this.call(before, header, message);
    const logs = result?.logs ?? [];
    const receipt: Receipt = {
      status,
      gasUsed: Number(gasUsed),
      cumulativeGasUsed: 0,
      contractAddress: tx.to === null && status === 0 ? createAddress : null,
      logsBloom: logsBloom(this.#suite, logs),
      logs,
      output,
    };
    return { receipt, state: result === null ? before : before.apply(result.changes) };
  }

  async call(state: MemoryState, header: BlockHeader, message: Message): Promise<Execution> {
    const intrinsic = intrinsicGas(message);
    const nothing = { gasUsed: message.gas, output: new Uint8Array(0), result: null };
    if (message.gas < intrinsic) return { status: RECEIPT_STATUS.outOfGasIntrinsic, ...nothing };
    if (state.account(message.from).balance < message.value)
      return { status: RECEIPT_STATUS.notEnoughCash, ...nothing };
    const { createAddress, ...rest } = message;
    const result = await this.#evm.execute(
      {
        ...rest,
        caller: message.from,
        origin: message.from,
        ...(message.to === null ? { createAddress } : {}),
        gas: message.gas - intrinsic,
        blobHashes: [],
        isStatic: false,
      },
      this.#host(state, header),
    );
    const used = intrinsic + result.gasUsed;
    const cap = used / 5n;
    const refund = result.error === null ? (result.refund < cap ? result.refund : cap) : 0n;
    return { status: statusOf(result), gasUsed: used - refund, output: result.output, result };
  }

  #host(state: MemoryState, header: BlockHeader): EvmHost {
    const block: EvmBlock = {
      number: header.number,
      timestamp: Math.floor(header.timestamp / 1000),
      coinbase: addressOf(this.#suite, fromHex(this.#sealer)!),
      prevRandao: this.#suite.hash(header.parentHash),
      gasLimit: BigInt(header.gasLimit),
      baseFee: 0n,
      blobBaseFee: 1n,
      chainId: BigInt(ethChainId(this.#info.chainId, this.#info.groupId)),
      blockHash: () => null,
    };
    return {
      view: state,
      block,
      fork: "cancun",
      isSystemContract: () => false,
      // biome-ignore lint/correctness/useYield: there are no system contracts here, so it is never entered.
      *callSystemContract() {
        return { error: "PRECOMPILE_FAILED", gasUsed: 0n, output: new Uint8Array(0), logs: [] };
      },
      loadTables: async () => {},
      savepoint: () => 0,
      revertTo: () => {},
    };
  }
}

function statusOf({ error }: EvmResult): number {
  if (error === null) return RECEIPT_STATUS.ok;
  if (error === "REVERT") return RECEIPT_STATUS.revert;
  return error === "OUT_OF_GAS" ? RECEIPT_STATUS.outOfGas : RECEIPT_STATUS.badInstruction;
}

function intrinsicGas({ to, data }: Message): bigint {
  let gas = to === null ? 53_000n + 2n * BigInt(Math.ceil(data.length / 32)) : 21_000n;
  for (const byte of data) gas += byte === 0 ? 4n : 16n;
  return gas;
}
