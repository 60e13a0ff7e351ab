// The rules in force, and what contracts can ask about transaction and block.

/**
 * Words of the running transaction and block, in the order of their offsets here. ORIGIN is filled from the message, the
 * rest by the host. */
export const ENV: usize = memory.data(320, 16);
export const ENV_ORIGIN: usize = 0;
export const ENV_GAS_PRICE: usize = 32;
export const ENV_COINBASE: usize = 64;
export const ENV_TIMESTAMP: usize = 96;
export const ENV_NUMBER: usize = 128;
export const ENV_RANDAO: usize = 160;
export const ENV_GAS_LIMIT: usize = 192;
export const ENV_CHAIN_ID: usize = 224;
export const ENV_BASE_FEE: usize = 256;
export const ENV_BLOB_BASE_FEE: usize = 288;

export let blobs: usize = 0;
export let blobCount: u32 = 0;

/** `count` hashes of 32 bytes, big endian, for BLOBHASH. */
export function setBlobs(pointer: usize, count: u32): void {
  blobs = pointer;
  blobCount = count;
}

/** 0 Shanghai, 1 Cancun, 2 Prague, 3 Osaka. */
export let fork: u32 = 1;
export const PRAGUE: u32 = 2;

export function setFork(value: u32): void {
  fork = value;
}
