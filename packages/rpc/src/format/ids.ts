import { addressOf, type CryptoSuite, fromHex, type NodeId } from "@fb/types";
import { data } from "../hex.ts";

export const ZERO_ADDRESS_HEX = `0x${"0".repeat(40)}`;
export const ZERO_HASH_HEX = `0x${"0".repeat(64)}`;

/** The address of a node's key, which blocks name as miner and contracts see as COINBASE; zero for genesis. */
export function sealerAddress(suite: CryptoSuite, sealer: NodeId | null): string {
  return sealer === null ? ZERO_ADDRESS_HEX : data(addressOf(suite, fromHex(sealer)!));
}
