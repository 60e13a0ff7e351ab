import { type Address, bigTo32, bytesToBig, concatBytes } from "@fb/types";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Random } from "./random.ts";

// The accounts that programs know, by number.
export const CALLER = 0xaaaa_0001n;
export const CONTRACTS = [0xcccc_00c1n, 0xcccc_00c2n, 0xcccc_00c3n, 0xcccc_00c4n] as const;
/** Accounts that delegate to others where the fork knows delegations. */
export const AUTHORITIES = [0xacac_0001n, 0xacac_0002n] as const;
/** Has a balance, no code. */
export const PLAIN = 0xeeee_0001n;
export const NOBODY = 0xdead_0001n;
export const SYSTEM = 0x1005n;
/** What a creating message creates. */
export const CREATED = 0xfafa_0001n;
/** What the contracts make with their first two CREATEs. */
export const CHILDREN = CONTRACTS.flatMap((creator) => [createAddress(creator, 1), createAddress(creator, 2)]);
/** All precompiles of the newest fork, the cheap ones more often. */
const PRECOMPILES = [1n, 2n, 2n, 3n, 4n, 4n, 5n, 5n, 6n, 7n, 8n, 9n, 9n, 0xan, 0xbn, 0xdn, 0xfn, 0x11n, 0x100n];

export function addressOf(value: bigint): Address {
  return bigTo32(value).slice(12);
}

export function precompile(random: Random): bigint {
  return random.pick(PRECOMPILES);
}

/** Anything an operation may name as an account. */
export function account(random: Random): bigint {
  const kind = random.below(100);
  if (kind < 46) return random.pick(CONTRACTS);
  if (kind < 58) return random.pick(AUTHORITIES);
  if (kind < 72) return precompile(random);
  if (kind < 80) return SYSTEM;
  if (kind < 87) return random.pick(CHILDREN);
  if (kind < 97) return random.pick([PLAIN, NOBODY, CALLER, CREATED]);
  // An address has 20 bytes; operations drop what is above.
  return random.word();
}

/** Where CREATE puts a contract: the last 20 bytes of the hash of the RLP of creator and nonce, here 1 to 127. */
function createAddress(creator: bigint, nonce: number): bigint {
  const list = concatBytes(Uint8Array.of(0xd6, 0x94), addressOf(creator), Uint8Array.of(nonce));
  return bytesToBig(keccak_256(list).subarray(12));
}
