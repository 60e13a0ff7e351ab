// Keyed hashes for the tables of accounts, slots and names, and the sizes of their indexes.

export const FIRST_INDEX: u32 = 256;
/** Indexes beyond this size are given back after the execution. */
export const KEPT_INDEX: u32 = 16384;

const SEED: usize = memory.data(40, 16);

/** Where the host writes 40 random bytes once, so that nobody can craft colliding keys. */
export function seedPointer(): usize {
  return SEED;
}

function mix(a: u64, b: u64): u64 {
  const al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
  const t = ah * bl + ((al * bl) >> 32);
  return (a * b) ^ (ah * bh + (t >> 32) + ((al * bh + (t & 0xffffffff)) >> 32));
}

// @ts-ignore: decorator
@inline export function hashWord(key: usize, account: u32): u32 {
  const h = mix(load<u64>(key) ^ load<u64>(SEED), load<u64>(key, 8) ^ load<u64>(SEED, 8))
    ^ mix(load<u64>(key, 16) ^ load<u64>(SEED, 16), load<u64>(key, 24) ^ load<u64>(SEED, 24));
  return <u32>mix(h ^ <u64>account, load<u64>(SEED, 32));
}

/** Hash of an address: 20 bytes and 4 zero bytes as three little endian numbers. */
// @ts-ignore: decorator
@inline export function hashAddress(a: u64, b: u64, c: u64): u32 {
  return <u32>mix(mix(a ^ load<u64>(SEED), b ^ load<u64>(SEED, 8)) ^ c, load<u64>(SEED, 16));
}
