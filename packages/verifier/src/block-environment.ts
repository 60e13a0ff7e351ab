import {
  type Address,
  addressOf,
  type BlockHeader,
  type CryptoSuite,
  type EvmBlock,
  fromHex,
  type Members,
} from "@fb/types";
import { verifierError } from "./errors.ts";
import type { BlockHashFn } from "./ports.ts";

/** EIP-4844: the least price of blob gas. There are no blobs to raise it. */
const BLOB_BASE_FEE = 1n;
const HASHES_IN_REACH = 256;

/** Account of the node whose turn a header was. */
export function coinbaseOf(suite: CryptoSuite, members: Members, sealer: number): Address {
  const nodeId = members.sealers[sealer];
  if (nodeId === undefined) throw verifierError("EXECUTION_INPUT_INVALID", "no such sealer", { sealer });
  return addressOf(suite, fromHex(nodeId)!);
}

/** What contracts see of a header. */
export type VisibleHeader = Pick<BlockHeader, "number" | "parentHash" | "timestamp" | "gasLimit">;

export interface BlockSurroundings {
  /** CHAINID. */
  readonly chainId: bigint;
  readonly header: VisibleHeader;
  readonly coinbase: Address;
  /** Asked for earlier blocks in reach only. */
  readonly blockHash: BlockHashFn;
}

/** The block as contracts see it (SPEC 1.2). */
export function blockEnvironment(
  suite: CryptoSuite,
  { chainId, header, coinbase, blockHash }: BlockSurroundings,
): EvmBlock {
  return {
    number: header.number,
    timestamp: Math.floor(header.timestamp / 1000),
    coinbase,
    prevRandao: suite.hash(header.parentHash),
    gasLimit: BigInt(header.gasLimit),
    baseFee: 0n,
    blobBaseFee: BLOB_BASE_FEE,
    chainId,
    blockHash: (number) =>
      number < header.number && number >= header.number - HASHES_IN_REACH ? blockHash(number) : null,
  };
}
