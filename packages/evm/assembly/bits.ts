// Words bit by bit, and exchanged: no carries, so limb after limb.
import { copyWord } from "./u256";

// @ts-ignore: decorator
@inline export function and(r: usize, a: usize, b: usize): void {
  store<u64>(r, load<u64>(a) & load<u64>(b));
  store<u64>(r, load<u64>(a, 8) & load<u64>(b, 8), 8);
  store<u64>(r, load<u64>(a, 16) & load<u64>(b, 16), 16);
  store<u64>(r, load<u64>(a, 24) & load<u64>(b, 24), 24);
}

// @ts-ignore: decorator
@inline export function or(r: usize, a: usize, b: usize): void {
  store<u64>(r, load<u64>(a) | load<u64>(b));
  store<u64>(r, load<u64>(a, 8) | load<u64>(b, 8), 8);
  store<u64>(r, load<u64>(a, 16) | load<u64>(b, 16), 16);
  store<u64>(r, load<u64>(a, 24) | load<u64>(b, 24), 24);
}

// @ts-ignore: decorator
@inline export function xor(r: usize, a: usize, b: usize): void {
  store<u64>(r, load<u64>(a) ^ load<u64>(b));
  store<u64>(r, load<u64>(a, 8) ^ load<u64>(b, 8), 8);
  store<u64>(r, load<u64>(a, 16) ^ load<u64>(b, 16), 16);
  store<u64>(r, load<u64>(a, 24) ^ load<u64>(b, 24), 24);
}

// @ts-ignore: decorator
@inline export function not(r: usize, a: usize): void {
  store<u64>(r, ~load<u64>(a));
  store<u64>(r, ~load<u64>(a, 8), 8);
  store<u64>(r, ~load<u64>(a, 16), 16);
  store<u64>(r, ~load<u64>(a, 24), 24);
}

// @ts-ignore: decorator
@inline export function swap(a: usize, b: usize): void {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  copyWord(a, b);
  store<u64>(b, a0);
  store<u64>(b, a1, 8);
  store<u64>(b, a2, 16);
  store<u64>(b, a3, 24);
}
