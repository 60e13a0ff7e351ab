// BLAKE2b compression function F (EIP-152) on an input of 213 bytes.

const SIGMA: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
  11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
  9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
  12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
  6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
], 16);
const SCHEDULES: u32 = 10;
const IV: usize = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
], 16);
const WORK: usize = memory.data(128, 16);

// @ts-ignore: decorator
@inline function mix(a: usize, b: usize, c: usize, d: usize, x: u64, y: u64): void {
  let va = load<u64>(WORK + a), vb = load<u64>(WORK + b), vc = load<u64>(WORK + c), vd = load<u64>(WORK + d);
  va += vb + x;
  vd = rotr<u64>(vd ^ va, 32);
  vc += vd;
  vb = rotr<u64>(vb ^ vc, 24);
  va += vb + y;
  vd = rotr<u64>(vd ^ va, 16);
  vc += vd;
  vb = rotr<u64>(vb ^ vc, 63);
  store<u64>(WORK + a, va);
  store<u64>(WORK + b, vb);
  store<u64>(WORK + c, vc);
  store<u64>(WORK + d, vd);
}

// @ts-ignore: decorator
@inline function wordOf(message: usize, order: usize): u64 {
  return load<u64>(message + (<usize>load<u8>(order) << 3));
}

/** At most as many rounds as there are schedules, starting with the first. */
function mixRounds(m: usize, rounds: u32): void {
  const end = SIGMA + (<usize>rounds << 4);
  for (let s = SIGMA; s < end; s += 16) {
    mix(0, 32, 64, 96, wordOf(m, s), wordOf(m, s + 1));
    mix(8, 40, 72, 104, wordOf(m, s + 2), wordOf(m, s + 3));
    mix(16, 48, 80, 112, wordOf(m, s + 4), wordOf(m, s + 5));
    mix(24, 56, 88, 120, wordOf(m, s + 6), wordOf(m, s + 7));
    mix(0, 40, 80, 120, wordOf(m, s + 8), wordOf(m, s + 9));
    mix(8, 48, 88, 96, wordOf(m, s + 10), wordOf(m, s + 11));
    mix(16, 56, 64, 104, wordOf(m, s + 12), wordOf(m, s + 13));
    mix(24, 32, 72, 112, wordOf(m, s + 14), wordOf(m, s + 15));
  }
}

/** Rounds from the first 4 bytes of the input. */
export function blake2Rounds(input: usize): u32 {
  return bswap<u32>(load<u32>(input));
}

/** Input: rounds (4), h (64), m (128), t (16), final flag (1). Writes 64 bytes. */
export function blake2Compress(input: usize, target: usize): void {
  const h = input + 4, m = input + 68;
  for (let i: usize = 0; i < 64; i += 8) {
    store<u64>(WORK + i, load<u64>(h + i));
    store<u64>(WORK + i, load<u64>(IV + i), 64);
  }
  store<u64>(WORK, load<u64>(WORK, 96) ^ load<u64>(input, 196), 96);
  store<u64>(WORK, load<u64>(WORK, 104) ^ load<u64>(input, 204), 104);
  if (load<u8>(input, 212)) store<u64>(WORK, ~load<u64>(WORK, 112), 112);
  let left = blake2Rounds(input);
  // Function by function, because a loop that is running keeps its unoptimised code.
  while (left > SCHEDULES) {
    mixRounds(m, SCHEDULES);
    left -= SCHEDULES;
  }
  mixRounds(m, left);
  for (let i: usize = 0; i < 64; i += 8) {
    store<u64>(target + i, load<u64>(h + i) ^ load<u64>(WORK + i) ^ load<u64>(WORK + i, 64));
  }
}
