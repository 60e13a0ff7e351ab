declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** 1..32767; a routing key for the host and the switchboards, a label for everybody else. */
export type GroupId = Brand<number, "GroupId">;
/** 64-byte uncompressed secp256k1 public key as 128 lowercase hex digits, no prefix. */
export type NodeId = Brand<string, "NodeId">;
/** Position in the sorted sealer list in force at a height. */
export type SealerIndex = number;
/** Block number, 0 = genesis; a safe integer. */
export type Height = number;
/** 32 bytes. */
export type Hash = Uint8Array;
/** 20 bytes. */
export type Address = Uint8Array;
/** Lowercase hex digits without prefix; the form used as map key. */
export type Hex = string;

export const MAX_GROUP_ID = 32767;
export const MAX_CHAIN_ID = 2 ** 31 - 1;

export function isGroupId(value: unknown): value is GroupId {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_GROUP_ID;
}

export function isNodeId(value: unknown): value is NodeId {
  return typeof value === "string" && /^[0-9a-f]{128}$/.test(value);
}

/** `chain.id * 65536 + group`: what `eth_chainId`, the CHAINID opcode and Ethereum signatures carry (SPEC 9.10). */
export function ethChainId(chainId: number, groupId: number): number {
  return chainId * 65536 + groupId;
}
