import type { EvmHost, Hex } from "@fb/types";

/** What the addresses of precompiled contracts, and of system contracts like them, begin with. */
const RESERVED = "00".repeat(17);

/**
 * Whether a system contract lives here that is warm from the beginning (EIP-2929). There are few of those at reserved
 * addresses; of others there may be any number, and each costs the host a look at its account.
 */
export function isAlwaysWarm(host: EvmHost, address: Hex): boolean {
  return address.startsWith(RESERVED) && host.isSystemContract(address);
}
