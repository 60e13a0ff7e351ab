// Division of 256-bit words and what needs it.
import { add, below, copyWord, fits64, isZero, mulHigh, negate, setWord, sub } from "./u256";

const U: usize = memory.data(80, 16);
const V: usize = memory.data(48, 16);
const Q: usize = memory.data(80, 16);
const A: usize = memory.data(32, 16);
const B: usize = memory.data(32, 16);
const PRODUCT: usize = memory.data(64, 16);

/** Number of 32-bit digits without leading zeros; `bytes` is the size of the number. */
function digitsOf(a: usize, bytes: usize): usize {
  let n = bytes >> 2;
  while (n > 0 && load<u32>(a + ((n - 1) << 2)) == 0) n--;
  return n;
}

/**
 * Divides the number of `n` digits in U by the one of `m` digits in V (no leading zeros, m > 0): quotient to Q,
 * remainder to U. Knuth's algorithm D on 32-bit digits; U needs room for n + 1 digits.
 */
function divide(n: usize, m: usize): void {
  if (m == 1) {
    const d = <u64>load<u32>(V);
    let rest: u64 = 0;
    for (let i = n; i > 0;) {
      i--;
      const x = (rest << 32) | <u64>load<u32>(U + (i << 2));
      const q = x / d;
      store<u32>(Q + (i << 2), <u32>q);
      rest = x - q * d;
      store<u32>(U + (i << 2), 0);
    }
    store<u32>(U, <u32>rest);
    return;
  }
  const shift = <u64>clz<u32>(load<u32>(V + ((m - 1) << 2)));
  let spill: u64 = 0;
  for (let i: usize = 0; i < m; i++) {
    const x = ((<u64>load<u32>(V + (i << 2))) << shift) | spill;
    store<u32>(V + (i << 2), <u32>x);
    spill = x >> 32;
  }
  spill = 0;
  for (let i: usize = 0; i < n; i++) {
    const x = ((<u64>load<u32>(U + (i << 2))) << shift) | spill;
    store<u32>(U + (i << 2), <u32>x);
    spill = x >> 32;
  }
  store<u32>(U + (n << 2), <u32>spill);
  const v1 = <u64>load<u32>(V + ((m - 1) << 2));
  const v2 = <u64>load<u32>(V + ((m - 2) << 2));
  for (let j = n - m + 1; j > 0;) {
    j--;
    const at = U + (j << 2);
    const top = at + (m << 2);
    const head = ((<u64>load<u32>(top)) << 32) | <u64>load<u32>(top - 4);
    let q = head / v1;
    let rest = head - q * v1;
    while (q > 0xffffffff || q * v2 > ((rest << 32) | <u64>load<u32>(top - 8))) {
      q--;
      rest += v1;
      if (rest > 0xffffffff) break;
    }
    let carry: u64 = 0;
    let borrow: i64 = 0;
    for (let i: usize = 0; i < m; i++) {
      const p = q * <u64>load<u32>(V + (i << 2)) + carry;
      carry = p >> 32;
      const t = <i64>load<u32>(at + (i << 2)) - <i64>(p & 0xffffffff) + borrow;
      store<u32>(at + (i << 2), <u32>t);
      borrow = t >> 32;
    }
    const t = <i64>load<u32>(top) - <i64>carry + borrow;
    store<u32>(top, <u32>t);
    if (t < 0) {
      q--;
      carry = 0;
      for (let i: usize = 0; i < m; i++) {
        const s = <u64>load<u32>(at + (i << 2)) + <u64>load<u32>(V + (i << 2)) + carry;
        store<u32>(at + (i << 2), <u32>s);
        carry = s >> 32;
      }
      store<u32>(top, load<u32>(top) + <u32>carry);
    }
    store<u32>(Q + (j << 2), <u32>q);
  }
  if (shift != 0) {
    for (let i: usize = 0; i < m; i++) {
      const x = (<u64>load<u32>(U + (i << 2)) >> shift) | (<u64>load<u32>(U + (i << 2), 4) << (32 - shift));
      store<u32>(U + (i << 2), <u32>x);
    }
  }
}

/** r = a / b, or 0 when b is 0. */
export function div(r: usize, a: usize, b: usize): void {
  if (isZero(b) || below(a, b)) {
    setWord(r, 0);
    return;
  }
  if (fits64(a)) {
    setWord(r, load<u64>(a) / load<u64>(b));
    return;
  }
  copyWord(U, a);
  copyWord(V, b);
  setWord(Q, 0);
  divide(digitsOf(U, 32), digitsOf(V, 32));
  copyWord(r, Q);
}

/** r = a mod b, or 0 when b is 0. */
export function mod(r: usize, a: usize, b: usize): void {
  if (isZero(b)) {
    setWord(r, 0);
    return;
  }
  if (below(a, b)) {
    copyWord(r, a);
    return;
  }
  if (fits64(a)) {
    setWord(r, load<u64>(a) % load<u64>(b));
    return;
  }
  copyWord(U, a);
  copyWord(V, b);
  reduce(r, digitsOf(U, 32));
}

/** r = (number of n digits in U) mod V. */
function reduce(r: usize, n: usize): void {
  const m = digitsOf(V, 32);
  if (n >= m) {
    divide(n, m);
    for (let i = m << 2; i < 32; i += 4) store<u32>(U + i, 0);
  }
  copyWord(r, U);
}

export function sdiv(r: usize, a: usize, b: usize): void {
  const negative = (load<i64>(a, 24) ^ load<i64>(b, 24)) < 0;
  absolute(A, a);
  absolute(B, b);
  div(r, A, B);
  if (negative) negate(r, r);
}

export function smod(r: usize, a: usize, b: usize): void {
  const negative = load<i64>(a, 24) < 0;
  absolute(A, a);
  absolute(B, b);
  mod(r, A, B);
  if (negative) negate(r, r);
}

function absolute(r: usize, a: usize): void {
  if (load<i64>(a, 24) < 0) negate(r, a);
  else copyWord(r, a);
}

/** r = (a + b) mod n with a 257-bit sum. */
export function addmod(r: usize, a: usize, b: usize, n: usize): void {
  if (isZero(n)) {
    setWord(r, 0);
    return;
  }
  if (below(a, n) && below(b, n)) {
    copyWord(A, n);
    if (add(r, a, b) != 0 || !below(r, A)) sub(r, r, A);
    return;
  }
  copyWord(V, n);
  store<u64>(U, add(U, a, b), 32);
  reduce(r, digitsOf(U, 40));
}

/** The 512-bit product of a and b. */
function mulWide(r: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(r + i, 0);
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(a + i);
    if (x == 0) continue;
    let carry: u64 = 0;
    for (let j: usize = 0; j < 32; j += 8) {
      const y = load<u64>(b + j);
      let low = x * y;
      let high = mulHigh(x, y);
      const old = load<u64>(r + i + j);
      low += old;
      high += <u64>(low < old);
      low += carry;
      high += <u64>(low < carry);
      store<u64>(r + i + j, low);
      carry = high;
    }
    store<u64>(r + i, carry, 32);
  }
}

/** r = (a * b) mod n with a 512-bit product. */
export function mulmod(r: usize, a: usize, b: usize, n: usize): void {
  if (isZero(n)) {
    setWord(r, 0);
    return;
  }
  copyWord(V, n);
  mulWide(PRODUCT, a, b);
  copyWord(U, PRODUCT);
  copyWord(U + 32, PRODUCT + 32);
  reduce(r, digitsOf(U, 64));
}
