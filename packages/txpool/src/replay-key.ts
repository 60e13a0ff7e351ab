import { type Address, type CryptoSuite, type Hex, replayKey, toHex } from "@fb/types";

/** What the replay window knows a group transaction by: bytes for the chain, hex for maps. */
export interface ReplayKey {
  readonly bytes: Uint8Array;
  readonly hex: Hex;
}

export function replayKeyOf(suite: CryptoSuite, sender: Address, nonce: bigint): ReplayKey {
  const bytes = replayKey(suite, sender, nonce);
  return { bytes, hex: toHex(bytes) };
}
