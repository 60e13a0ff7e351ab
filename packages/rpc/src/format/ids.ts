import type { Data } from "@fb/api";
import { addressOf, type CryptoSuite, fromHex, type NodeId } from "@fb/types";
import { data } from "./hex.ts";

export const ZERO_ADDRESS_HEX: Data = `0x${"0".repeat(40)}`;
export const ZERO_HASH_HEX: Data = `0x${"0".repeat(64)}`;

/** The address of a node's key, which blocks name as miner and contracts see as COINBASE; zero for genesis. */
export function sealerAddress(suite: CryptoSuite, sealer: NodeId | null): Data {
  return sealer === null ? ZERO_ADDRESS_HEX : data(addressOf(suite, fromHex(sealer)!));
}
