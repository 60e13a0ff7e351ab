// Addresses of new contracts.
import { accountAt } from "./accounts";
import { keccak256 } from "./keccak";
import { toBytes } from "./u256";

const SCRATCH: usize = memory.data(96, 16);
const HASH: usize = memory.data(32, 16);
/** 20 bytes and 4 zero bytes. */
export const NEW_ADDRESS: usize = memory.data(24, 16);

function takeAddress(): void {
  store<u64>(NEW_ADDRESS, load<u64>(HASH, 12));
  store<u64>(NEW_ADDRESS, load<u64>(HASH, 20), 8);
  store<u64>(NEW_ADDRESS, <u64>load<u32>(HASH, 28), 16);
}

function copyAddress(to: usize, account: u32): void {
  const r = accountAt(account);
  store<u64>(to, load<u64>(r));
  store<u64>(to, load<u64>(r, 8), 8);
  store<u32>(to, load<u32>(r, 16), 16);
}

/** keccak256(rlp([creator, nonce])). */
export function createAddress(creator: u32, nonce: u64): void {
  store<u8>(SCRATCH, 0x94, 1);
  copyAddress(SCRATCH + 2, creator);
  let size: usize = 23;
  if (nonce == 0) {
    store<u8>(SCRATCH, 0x80, 22);
  } else if (nonce < 0x80) {
    store<u8>(SCRATCH, <u8>nonce, 22);
  } else {
    const n: usize = 8 - <usize>(clz<u64>(nonce) >> 3);
    store<u8>(SCRATCH, <u8>(0x80 + n), 22);
    for (let i: usize = 0; i < n; i++) store<u8>(SCRATCH + 23 + i, <u8>(nonce >> (<u64>(n - 1 - i) << 3)));
    size += n;
  }
  store<u8>(SCRATCH, <u8>(0xc0 + size - 1));
  keccak256(SCRATCH, size, HASH);
  takeAddress();
}

/** keccak256(0xff, creator, salt, keccak256(init code)). */
export function create2Address(creator: u32, salt: usize, source: usize, size: u32): void {
  store<u8>(SCRATCH, 0xff);
  copyAddress(SCRATCH + 1, creator);
  toBytes(SCRATCH + 21, salt);
  keccak256(source, size, SCRATCH + 53);
  keccak256(SCRATCH, 85, HASH);
  takeAddress();
}
