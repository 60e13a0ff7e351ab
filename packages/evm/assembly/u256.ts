// 256-bit words as four 64-bit limbs, least significant first, addressed by pointer. Results may overwrite operands.

const A: usize = memory.data(32, 16);
const B: usize = memory.data(32, 16);
/** 32 zero bytes and 32 of ones: the 32 bytes at MASKS + n mask all but the last n. */
const MASKS: usize = memory.data<u64>([
  0, 0, 0, 0, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
], 16);

// @ts-ignore: decorator
@inline export function copyWord(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
  store<u64>(to, load<u64>(from, 16), 16);
  store<u64>(to, load<u64>(from, 24), 24);
}

// @ts-ignore: decorator
@inline export function setWord(to: usize, low: u64): void {
  v128.store(to, i64x2.replace_lane(i64x2.splat(0), 0, low));
  v128.store(to, i64x2.splat(0), 16);
}

// @ts-ignore: decorator
@inline export function isZero(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0;
}

// @ts-ignore: decorator
@inline export function fits64(a: usize): bool {
  return (load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0;
}

// @ts-ignore: decorator
@inline export function equalWords(a: usize, b: usize): bool {
  return ((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a, 8) ^ load<u64>(b, 8))
    | (load<u64>(a, 16) ^ load<u64>(b, 16)) | (load<u64>(a, 24) ^ load<u64>(b, 24))) == 0;
}

/** Unsigned a < b. */
// @ts-ignore: decorator
@inline export function below(a: usize, b: usize): bool {
  let x = load<u64>(a, 24), y = load<u64>(b, 24);
  if (x != y) return x < y;
  x = load<u64>(a, 16); y = load<u64>(b, 16);
  if (x != y) return x < y;
  x = load<u64>(a, 8); y = load<u64>(b, 8);
  if (x != y) return x < y;
  return load<u64>(a) < load<u64>(b);
}

/** Two's complement a < b. */
// @ts-ignore: decorator
@inline export function signedBelow(a: usize, b: usize): bool {
  const x = load<i64>(a, 24), y = load<i64>(b, 24);
  if (x != y) return x < y;
  return below(a, b);
}

/** r = a + b; returns the carry. */
// @ts-ignore: decorator
@inline export function add(r: usize, a: usize, b: usize): u64 {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  const r0 = a0 + load<u64>(b);
  let c = <u64>(r0 < a0);
  const s1 = a1 + load<u64>(b, 8), r1 = s1 + c;
  c = <u64>(s1 < a1) | <u64>(r1 < s1);
  const s2 = a2 + load<u64>(b, 16), r2 = s2 + c;
  c = <u64>(s2 < a2) | <u64>(r2 < s2);
  const s3 = a3 + load<u64>(b, 24), r3 = s3 + c;
  c = <u64>(s3 < a3) | <u64>(r3 < s3);
  store<u64>(r, r0);
  store<u64>(r, r1, 8);
  store<u64>(r, r2, 16);
  store<u64>(r, r3, 24);
  return c;
}

/** r = a - b; returns the borrow. */
// @ts-ignore: decorator
@inline export function sub(r: usize, a: usize, b: usize): u64 {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  const b0 = load<u64>(b), b1 = load<u64>(b, 8), b2 = load<u64>(b, 16), b3 = load<u64>(b, 24);
  let c = <u64>(a0 < b0);
  const d1 = a1 - b1, r1 = d1 - c;
  c = <u64>(a1 < b1) | <u64>(d1 < c);
  const d2 = a2 - b2, r2 = d2 - c;
  c = <u64>(a2 < b2) | <u64>(d2 < c);
  const d3 = a3 - b3, r3 = d3 - c;
  c = <u64>(a3 < b3) | <u64>(d3 < c);
  store<u64>(r, a0 - b0);
  store<u64>(r, r1, 8);
  store<u64>(r, r2, 16);
  store<u64>(r, r3, 24);
  return c;
}

export function negate(r: usize, a: usize): void {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  const r0 = 0 - a0;
  let c = <u64>(a0 != 0);
  const r1 = 0 - a1 - c;
  c = <u64>((a0 | a1) != 0);
  const r2 = 0 - a2 - c;
  c = <u64>((a0 | a1 | a2) != 0);
  store<u64>(r, r0);
  store<u64>(r, r1, 8);
  store<u64>(r, r2, 16);
  store<u64>(r, 0 - a3 - c, 24);
}

// @ts-ignore: decorator
@inline export function mulHigh(a: u64, b: u64): u64 {
  const al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
  const t = ah * bl + ((al * bl) >> 32);
  return ah * bh + (t >> 32) + ((al * bh + (t & 0xffffffff)) >> 32);
}

/** r = a * b mod 2^256. */
export function mul(r: usize, a: usize, b: usize): void {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  const b0 = load<u64>(b), b1 = load<u64>(b, 8), b2 = load<u64>(b, 16), b3 = load<u64>(b, 24);
  store<u64>(r, a0 * b0);
  let r1 = mulHigh(a0, b0);
  if ((a1 | a2 | a3 | b1 | b2 | b3) == 0) {
    store<u64>(r, r1, 8);
    store<u64>(r, 0, 16);
    store<u64>(r, 0, 24);
    return;
  }
  let low = a0 * b1;
  r1 += low;
  let r2 = mulHigh(a0, b1) + <u64>(r1 < low);
  low = a1 * b0;
  r1 += low;
  let high = mulHigh(a1, b0) + <u64>(r1 < low);
  r2 += high;
  let r3 = <u64>(r2 < high);
  low = a0 * b2;
  r2 += low;
  r3 += mulHigh(a0, b2) + <u64>(r2 < low);
  low = a1 * b1;
  r2 += low;
  r3 += mulHigh(a1, b1) + <u64>(r2 < low);
  low = a2 * b0;
  r2 += low;
  r3 += mulHigh(a2, b0) + <u64>(r2 < low);
  store<u64>(r, r1, 8);
  store<u64>(r, r2, 16);
  store<u64>(r, r3 + a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0, 24);
}

/** r = a ^ e mod 2^256 by squaring from the top bit. */
export function exp(r: usize, a: usize, e: usize): void {
  copyWord(A, a);
  copyWord(B, e);
  let limb: i32 = 3;
  while (limb >= 0 && load<u64>(B + (<usize>limb << 3)) == 0) limb--;
  setWord(r, 1);
  if (limb < 0) return;
  let bits: i32 = 63 - <i32>clz<u64>(load<u64>(B + (<usize>limb << 3)));
  if (fits64(A) && load<u64>(A) == 2) {
    if (limb > 0 || load<u64>(B) > 255) setWord(r, 0);
    else shl(r, r, <u32>load<u64>(B));
    return;
  }
  copyWord(r, A);
  for (;;) {
    while (bits > 0) {
      bits--;
      mul(r, r, r);
      if ((load<u64>(B + (<usize>limb << 3)) >> <u64>bits) & 1) mul(r, r, A);
    }
    if (limb == 0) return;
    limb--;
    bits = 64;
  }
}

/** Bytes of the shortest form of a; 0 for zero. */
export function byteLength(a: usize): u32 {
  for (let i: i32 = 3; i >= 0; i--) {
    const x = load<u64>(a + (<usize>i << 3));
    if (x != 0) return (<u32>i << 3) + 8 - (<u32>clz<u64>(x) >> 3);
  }
  return 0;
}

export function countLeadingZeros(a: usize): u64 {
  let x = load<u64>(a, 24);
  if (x != 0) return clz<u64>(x);
  x = load<u64>(a, 16);
  if (x != 0) return 64 + clz<u64>(x);
  x = load<u64>(a, 8);
  if (x != 0) return 128 + clz<u64>(x);
  return 192 + clz<u64>(load<u64>(a));
}

/** r = a << s for s below 256. */
// @ts-ignore: decorator
@inline export function shl(r: usize, a: usize, s: u32): void {
  let a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  if (s & 128) { a3 = a1; a2 = a0; a1 = 0; a0 = 0; }
  if (s & 64) { a3 = a2; a2 = a1; a1 = a0; a0 = 0; }
  const b = <u64>(s & 63);
  if (b != 0) {
    const i = 64 - b;
    a3 = (a3 << b) | (a2 >> i);
    a2 = (a2 << b) | (a1 >> i);
    a1 = (a1 << b) | (a0 >> i);
    a0 <<= b;
  }
  store<u64>(r, a0);
  store<u64>(r, a1, 8);
  store<u64>(r, a2, 16);
  store<u64>(r, a3, 24);
}

/** r = a >> s for s below 256, filled from the left with `fill` (0 or all ones). */
// @ts-ignore: decorator
@inline export function shr(r: usize, a: usize, s: u32, fill: u64): void {
  let a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  if (s & 128) { a0 = a2; a1 = a3; a2 = fill; a3 = fill; }
  if (s & 64) { a0 = a1; a1 = a2; a2 = a3; a3 = fill; }
  const b = <u64>(s & 63);
  if (b != 0) {
    const i = 64 - b;
    a0 = (a0 >> b) | (a1 << i);
    a1 = (a1 >> b) | (a2 << i);
    a2 = (a2 >> b) | (a3 << i);
    a3 = (a3 >> b) | (fill << i);
  }
  store<u64>(r, a0);
  store<u64>(r, a1, 8);
  store<u64>(r, a2, 16);
  store<u64>(r, a3, 24);
}

/** r = r >> the word at `shift`, with the sign carried downwards. */
export function sar(r: usize, shift: usize): void {
  const fill = <u64>(load<i64>(r, 24) >> 63);
  if (fits64(shift) && load<u64>(shift) < 256) {
    shr(r, r, load<u32>(shift), fill);
    return;
  }
  for (let i: usize = 0; i < 32; i += 8) store<u64>(r + i, fill);
}

/** r = b with the sign of byte `k` (word at k) carried upwards. */
export function signExtend(r: usize, k: usize, b: usize): void {
  if (!fits64(k) || load<u64>(k) > 30) {
    copyWord(r, b);
    return;
  }
  const s = 248 - (<u32>load<u64>(k) << 3);
  shl(r, b, s);
  shr(r, r, s, <u64>(load<i64>(r, 24) >> 63));
}

// SIMD reverses bytes two limbs at a time. Stack words are read limb by limb and only written as vectors: a vector load
// right after limb stores would wait for them.

// @ts-ignore: decorator
@inline function reversed(v: v128): v128 {
  return v128.shuffle<u8>(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/** A stack word from 32 big endian bytes. */
// @ts-ignore: decorator
@inline export function fromBytes(word: usize, bytes: usize): void {
  const high = v128.load(bytes), low = v128.load(bytes, 16);
  v128.store(word, reversed(low));
  v128.store(word, reversed(high), 16);
}

/** The same of the last `n` bytes before `end` (n from 1 to 32), zero extended. */
// @ts-ignore: decorator
@inline export function fromImmediate(word: usize, end: usize, n: usize): void {
  const mask = MASKS + n;
  const high = v128.and(v128.load(end - 32), v128.load(mask));
  const low = v128.and(v128.load(end - 16), v128.load(mask, 16));
  v128.store(word, reversed(low));
  v128.store(word, reversed(high), 16);
}

/** 32 big endian bytes of a stack word. */
// @ts-ignore: decorator
@inline export function toBytes(bytes: usize, word: usize): void {
  const low = i64x2.replace_lane(i64x2.splat(load<i64>(word)), 1, load<i64>(word, 8));
  const high = i64x2.replace_lane(i64x2.splat(load<i64>(word, 16)), 1, load<i64>(word, 24));
  v128.store(bytes, reversed(high));
  v128.store(bytes, reversed(low), 16);
}
